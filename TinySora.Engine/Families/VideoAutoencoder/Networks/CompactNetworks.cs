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
        [.. Of("s1x4x4", ConvKind.S), .. Of("s2x4x4", ConvKind.ST)];

    private static IEnumerable<NetworkVariant> Of(string name, ConvKind second) =>
        [Variational($"{name}_kl", second), .. Codebooks.OfCompactNetworks.Select(codebook => Quantized($"{name}_{codebook.Name}", codebook, second))];

    private static NetworkVariant Variational(string name, ConvKind second) => new(name, IsVariational: true, IsQuantized: false)
    {
        Stride = _ => Stride(second),
        Create = (network, _) => new EncoderDecoder(
            Encoder(network, second), () => Pointwise(HiddenOf(network), network.EmbeddingDim), Decoder(network, network.EmbeddingDim, second),
            quantizer: null),
    };

    private static NetworkVariant Quantized(string name, Codebook codebook, ConvKind second) => new(name, IsVariational: false, IsQuantized: true)
    {
        Stride = _ => Stride(second),
        Create = (network, loss) =>
        {
            var d = codebook.Width(network);
            return new EncoderDecoder(
                [.. Encoder(network, second), Pointwise(HiddenOf(network), d)], last: null, Decoder(network, d, second),
                codebook.Create(network, loss));
        },
    };

    /// <summary>The stride of two stages, of which the first is in space alone.</summary>
    private static LatentStride Stride(ConvKind second) => new(second.Stride(stages: 1).Frames, 4, 4);

    private static int HiddenOf(NetworkConfig network) => network.NHiddens ?? Hidden;

    private static nn.Module<Tensor, Tensor>[] Encoder(NetworkConfig network, ConvKind second)
    {
        var h = HiddenOf(network);
        return
        [
            ConvKind.S.Down(ClipAutoencoder.Channels, h / 2), ActivationLayer.Relu(), second.Down(h / 2, h),
            .. Residual(network), ActivationLayer.Relu(),
        ];
    }

    private static nn.Module<Tensor, Tensor>[] Decoder(NetworkConfig network, int d, ConvKind second)
    {
        var h = HiddenOf(network);
        return
        [
            ConvKind.ST.Same(d, h), .. Residual(network), ActivationLayer.Relu(),
            second.Up(h, h / 2), ActivationLayer.Relu(), ConvKind.S.Same(h / 2, h / 2), ActivationLayer.Relu(), ConvKind.S.Up(h / 2, ClipAutoencoder.Channels),
        ];
    }

    private static IEnumerable<ResidualLayer> Residual(NetworkConfig network) =>
        Enumerable.Range(0, network.NResLayers ?? Layers).Select(_ => new ResidualLayer(HiddenOf(network), HiddenOf(network)));

    private static Conv Pointwise(int inputs, int outputs) => new(inputs, outputs, Axis.Single, Axis.Single);
}
