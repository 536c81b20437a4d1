using TinySora.Engine.Families.VideoAutoencoder.Config;
using TinySora.Engine.Families.VideoAutoencoder.Quantizers;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>
/// Networks of ours that see five frames at once: their colours are channels side by side, and all that follows works on pictures. A token then
/// stands for few pixels in all five frames, of which most of a film says the same, and a clip takes a fifth of the arithmetic.
/// </summary>
internal static class FoldedNetworks
{
    private const int Frames = 5;
    private const int Hidden = 64;
    private const int Layers = 2;

    public static IReadOnlyList<NetworkVariant> Variants { get; } =
    [
        .. Codebooks.OfCompactNetworks.Select(codebook => new NetworkVariant($"s{Frames}x4x4_{codebook.Name}", IsVariational: false, IsQuantized: true)
        {
            Stride = _ => new(Frames, 4, 4),
            Create = (network, loss) => new EncoderDecoder(
                Encoder(network, codebook.Width(network)), last: null, Decoder(network, codebook.Width(network)), codebook.Create(network, loss)),
        }),
    ];

    private static nn.Module<Tensor, Tensor>[] Encoder(NetworkConfig network, int d)
    {
        var h = network.NHiddens ?? Hidden;
        return
        [
            FoldLayer.Fold(Frames), ConvKind.S.Down(Frames * ClipAutoencoder.Channels, h / 2), .. Residual(network, h / 2), ActivationLayer.Relu(),
            ConvKind.S.Down(h / 2, h), .. Residual(network, h), ActivationLayer.Relu(), new Conv(h, d, Axis.Single, Axis.Single),
        ];
    }

    private static nn.Module<Tensor, Tensor>[] Decoder(NetworkConfig network, int d)
    {
        var h = network.NHiddens ?? Hidden;
        return
        [
            ConvKind.S.Same(d, h), .. Residual(network, h), ActivationLayer.Relu(),
            ConvKind.S.Up(h, h / 2), .. Residual(network, h / 2), ActivationLayer.Relu(),
            ConvKind.S.Same(h / 2, h / 2), ActivationLayer.Relu(), ConvKind.S.Up(h / 2, Frames * ClipAutoencoder.Channels), FoldLayer.Unfold(Frames),
        ];
    }

    private static IEnumerable<ResidualLayer> Residual(NetworkConfig network, int channels) =>
        Enumerable.Range(0, network.NResLayers ?? Layers).Select(_ => new ResidualLayer(channels, channels, ConvKind.S));
}
