using static TorchSharp.torch;

namespace TinySora.Engine.Data;

/// <summary>One micro-batch.</summary>
/// <param name="Clips">
/// (B, C, F, H, W) float32 on the training device: in [0, 1] of a ClipDataset that is asked for no other range, in [-1, 1] of a
/// FrameDataset.
/// </param>
/// <param name="Captions">One caption per clip; null where the clip has none.</param>
/// <param name="Names">The clips' file names, for messages.</param>
public sealed record Batch(Tensor Clips, IReadOnlyList<string?> Captions, IReadOnlyList<string> Names) : IDisposable
{
    /// <summary>One vector per clip, null where the clip has none; null for a model that is not conditioned on vectors.</summary>
    public IReadOnlyList<float[]?>? Vectors { get; init; }

    /// <summary>How many of the last frames of each clip are single ones of any videos, for joint training on images.</summary>
    public int Images { get; init; }

    public void Dispose() => Clips.Dispose();
}
