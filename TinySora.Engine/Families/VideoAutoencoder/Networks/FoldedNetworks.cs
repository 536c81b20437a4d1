using TinySora.Engine.Families.VideoAutoencoder.Config;
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

/// <summary>A layer without weights that makes one picture of so many frames, their channels side by side, or frames of such a picture again.</summary>
internal sealed class FoldLayer : Layer
{
    private readonly int _frames;
    private readonly bool _isBack;

    private FoldLayer(int frames, bool isBack)
        : base(nameof(FoldLayer)) => (_frames, _isBack) = (frames, isBack);

    /// <summary>(B, F, H, W, C) to (B, F / frames, H, W, frames · C).</summary>
    public static FoldLayer Fold(int frames) => new(frames, isBack: false);

    /// <summary>(B, F, H, W, frames · C) to (B, F · frames, H, W, C).</summary>
    public static FoldLayer Unfold(int frames) => new(frames, isBack: true);

    public override AnyTensor forward(AnyTensor input) => _isBack
        ? input.unflatten(4, _frames, input.shape[4] / _frames).permute(0, 1, 4, 2, 3, 5).flatten(1, 2)
        : input.unflatten(1, input.shape[1] / _frames, _frames).permute(0, 1, 3, 4, 2, 5).flatten(4, 5);
}
