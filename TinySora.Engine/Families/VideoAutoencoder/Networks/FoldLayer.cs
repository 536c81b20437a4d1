using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

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
