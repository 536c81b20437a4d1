using TinySora.Engine.Families.VideoAutoencoder.Config;
using TinySora.Engine.Families.VideoAutoencoder.Quantizers;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>
/// Networks of ours for small clips on a few cores: convolutions frame by frame where there are many pixels, residual layers in space and time
/// where there are few. Latents have a distribution (kl), or are quantized by each of <see cref="Codebooks.OfCompactNetworks"/>.
/// </summary>
internal static class CompactNetworks
{
    private const int Hidden = 64;
    private const int Layers = 2;

    public static IReadOnlyList<NetworkVariant> Variants { get; } =
        [.. Of("s1x4x4", ConvKind.S), .. Of("s2x4x4", ConvKind.ST), .. Of("s1x8x8", ConvKind.S, ConvKind.S)];

    /// <param name="stages">How the stages behind the first halve the axes; the first does in space alone.</param>
    private static IEnumerable<NetworkVariant> Of(string name, params ConvKind[] stages) =>
    [
        Variational($"{name}_kl", stages),
        .. Quantized(name, Stride(stages), network => Encoder(network, stages), (network, d) => Decoder(network, d, stages)),
    ];

    /// <summary>A network with each codebook between an encoder, whose last layer is added here, and a decoder of so many channels of latents.</summary>
    public static IEnumerable<NetworkVariant> Quantized(
        string name, LatentStride stride, Func<NetworkConfig, nn.Module<Tensor, Tensor>[]> encoder,
        Func<NetworkConfig, int, nn.Module<Tensor, Tensor>[]> decoder) =>
        Codebooks.OfCompactNetworks.Select(codebook => new NetworkVariant($"{name}_{codebook.Name}", IsVariational: false, IsQuantized: true)
        {
            Stride = _ => stride,
            Create = (network, loss) =>
            {
                var d = codebook.Width(network);
                return new EncoderDecoder(
                    [.. encoder(network), Pointwise(HiddenOf(network), d)], last: null, decoder(network, d), codebook.Create(network, loss));
            },
        });

    public static int HiddenOf(NetworkConfig network) => network.NHiddens ?? Hidden;

    /// <summary>The residual layers at one of the network's places.</summary>
    public static IEnumerable<ResidualLayer> Residual(NetworkConfig network, int channels, ConvKind kind) =>
        Enumerable.Range(0, network.NResLayers ?? Layers).Select(_ => new ResidualLayer(channels, channels, kind));

    private static NetworkVariant Variational(string name, ConvKind[] stages) => new(name, IsVariational: true, IsQuantized: false)
    {
        Stride = _ => Stride(stages),
        Create = (network, _) => new EncoderDecoder(
            Encoder(network, stages), () => Pointwise(HiddenOf(network), network.EmbeddingDim), Decoder(network, network.EmbeddingDim, stages),
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

    private static Conv Pointwise(int inputs, int outputs) => new(inputs, outputs, Axis.Single, Axis.Single);
}
