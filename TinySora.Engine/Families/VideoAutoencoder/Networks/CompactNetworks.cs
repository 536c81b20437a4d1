using TinySora.Engine.Families.VideoAutoencoder.Config;
using TinySora.Engine.Families.VideoAutoencoder.Quantizers;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>
/// TinySora's own networks for small clips and few CPU cores, with convolutions per frame at high resolution, and residual layers in space and time at low
/// resolution. Latents have a distribution (kl) or are quantized, with one network for each of <see cref="Codebooks.ForCompactNetworks"/>.
/// </summary>
internal static class CompactNetworks
{
    private const int Hidden = 64;
    private const int Layers = 2;

    public static IReadOnlyList<NetworkVariant> Variants { get; } =
        [.. Of("s1x4x4", ConvKind.S), .. Of("s2x4x4", ConvKind.ST), .. Of("s1x8x8", ConvKind.S, ConvKind.S)];

    /// <param name="stages">Kinds of convolutions in the stages after the first one, which halves only rows and columns.</param>
    private static IEnumerable<NetworkVariant> Of(string name, params ConvKind[] stages) =>
    [
        Variational($"{name}_kl", stages),
        .. Quantized(name, Stride(stages), network => Encoder(network, stages), (network, d) => Decoder(network, d, stages)),
    ];

    /// <summary>
    /// Returns a network for each codebook, given functions that create the encoder without its last layer, and the decoder for a number of latent channels.
    /// </summary>
    public static IEnumerable<NetworkVariant> Quantized(
        string name, LatentStride stride, Func<NetworkConfig, nn.Module<Tensor, Tensor>[]> encoder,
        Func<NetworkConfig, int, nn.Module<Tensor, Tensor>[]> decoder) =>
        Codebooks.ForCompactNetworks.Select(codebook => new NetworkVariant($"{name}_{codebook.Name}", IsVariational: false, IsQuantized: true)
        {
            Stride = _ => stride,
            Create = (network, loss) =>
            {
                var d = codebook.Width(network);
                return new EncoderDecoder(
                    [.. encoder(network), new Conv(HiddenOf(network), d, kernel: 1)], last: null, decoder(network, d), codebook.Create(network, loss));
            },
        });

    public static int HiddenOf(NetworkConfig network) => network.NHiddens ?? Hidden;

    /// <summary>Returns the residual layers of a stack in the network.</summary>
    public static IEnumerable<ResidualLayer> Residual(NetworkConfig network, int channels, ConvKind kind) =>
        Enumerable.Range(0, network.NResLayers ?? Layers).Select(_ => new ResidualLayer(channels, channels, kind));

    private static NetworkVariant Variational(string name, ConvKind[] stages) => new(name, IsVariational: true, IsQuantized: false)
    {
        Stride = _ => Stride(stages),
        Create = (network, _) => new EncoderDecoder(
            Encoder(network, stages), () => new Conv(HiddenOf(network), network.EmbeddingDim, kernel: 1), Decoder(network, network.EmbeddingDim, stages),
            quantizer: null),
    };

    private static LatentStride Stride(ConvKind[] stages)
    {
        var space = 2 << stages.Length;
        return new(stages.Aggregate(1, (frames, kind) => frames * kind.Stride(stages: 1).Frames), space, space);
    }

    private static nn.Module<Tensor, Tensor>[] Encoder(NetworkConfig network, ConvKind[] stages)
    {
        var h = HiddenOf(network);
        return
        [
            ConvKind.S.Down(ClipAutoencoder.Channels, h / 2),
            .. stages.SelectMany((kind, i) => new nn.Module<Tensor, Tensor>[] { ActivationLayer.Relu(), kind.Down(i == 0 ? h / 2 : h, h) }),
            .. Residual(network, h, ConvKind.ST), ActivationLayer.Relu(),
        ];
    }

    private static nn.Module<Tensor, Tensor>[] Decoder(NetworkConfig network, int d, ConvKind[] stages)
    {
        var h = HiddenOf(network);
        return
        [
            ConvKind.ST.Same(d, h), .. Residual(network, h, ConvKind.ST), ActivationLayer.Relu(),
            .. stages.Select((kind, i) => (Kind: kind, Outputs: i == 0 ? h / 2 : h)).Reverse()
                .SelectMany(stage => new nn.Module<Tensor, Tensor>[] { stage.Kind.Up(h, stage.Outputs), ActivationLayer.Relu() }),
            ConvKind.S.Same(h / 2, h / 2), ActivationLayer.Relu(), ConvKind.S.Up(h / 2, ClipAutoencoder.Channels),
        ];
    }
}

/// <summary>
/// TinySora's own networks that fold five frames into the channels of a single image, which all subsequent layers process. Each token covers few pixels, but in
/// five frames, which are mostly redundant. As a result, a clip takes a fifth of the compute.
/// </summary>
internal static class FoldedNetworks
{
    private const int Frames = 5;

    public static IReadOnlyList<NetworkVariant> Variants { get; } = [.. CompactNetworks.Quantized($"s{Frames}x4x4", new(Frames, 4, 4), Encoder, Decoder)];

    private static nn.Module<Tensor, Tensor>[] Encoder(NetworkConfig network)
    {
        var h = CompactNetworks.HiddenOf(network);
        return
        [
            FoldLayer.Fold(Frames), ConvKind.S.Down(Frames * ClipAutoencoder.Channels, h / 2),
            .. CompactNetworks.Residual(network, h / 2, ConvKind.S), ActivationLayer.Relu(),
            ConvKind.S.Down(h / 2, h), .. CompactNetworks.Residual(network, h, ConvKind.S), ActivationLayer.Relu(),
        ];
    }

    private static nn.Module<Tensor, Tensor>[] Decoder(NetworkConfig network, int d)
    {
        var h = CompactNetworks.HiddenOf(network);
        return
        [
            ConvKind.S.Same(d, h), .. CompactNetworks.Residual(network, h, ConvKind.S), ActivationLayer.Relu(),
            ConvKind.S.Up(h, h / 2), .. CompactNetworks.Residual(network, h / 2, ConvKind.S), ActivationLayer.Relu(),
            ConvKind.S.Same(h / 2, h / 2), ActivationLayer.Relu(), ConvKind.S.Up(h / 2, Frames * ClipAutoencoder.Channels), FoldLayer.Unfold(Frames),
        ];
    }
}

/// <summary>A layer without weights that folds frames into the channels of an image, or unfolds them again.</summary>
internal sealed class FoldLayer : Layer
{
    private readonly int _frames;
    private readonly bool _isBack;

    private FoldLayer(int frames, bool isBack)
        : base(nameof(FoldLayer)) => (_frames, _isBack) = (frames, isBack);

    /// <summary>Maps (B, F, H, W, C) to (B, F / frames, H, W, frames · C).</summary>
    public static FoldLayer Fold(int frames) => new(frames, isBack: false);

    /// <summary>Maps (B, F, H, W, frames · C) to (B, F · frames, H, W, C).</summary>
    public static FoldLayer Unfold(int frames) => new(frames, isBack: true);

    public override AnyTensor forward(AnyTensor input) => _isBack
        ? input.unflatten(4, _frames, input.shape[4] / _frames).permute(0, 1, 4, 2, 3, 5).flatten(1, 2)
        : input.unflatten(1, input.shape[1] / _frames, _frames).permute(0, 1, 3, 4, 2, 5).flatten(4, 5);
}
