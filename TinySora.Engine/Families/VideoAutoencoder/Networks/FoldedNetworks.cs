using TinySora.Engine.Families.VideoAutoencoder.Config;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>
/// Networks of ours that see five frames at once: their colours are channels side by side, and all that follows works on pictures. A token then
/// stands for few pixels in all five frames, of which most of a film says the same, and a clip takes a fifth of the arithmetic.
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
