using static TorchSharp.torch;

namespace TinySora.Engine.Data.Examples;

/// <summary>A micro-batch of clips.</summary>
/// <param name="Clips">(B, C, F, H, W) float32 in [0, 1], on the training device.</param>
/// <param name="Captions">One caption per clip; null where the clip has none.</param>
/// <param name="Names">The clips' file names.</param>
public sealed record ClipBatch(Tensor Clips, IReadOnlyList<string?> Captions, IReadOnlyList<string> Names) : Batch(Names)
{
    /// <summary>One vector per clip, null where the clip has none; null for a model that is not conditioned on vectors.</summary>
    public IReadOnlyList<float[]?>? Vectors { get; init; }

    /// <summary>Frames of each clip where they differ, the rest being padding; null: all of them.</summary>
    public IReadOnlyList<int>? Lengths { get; init; }

    /// <summary>A batch in which the clips whose chance is odd are mirrored; takes over this one.</summary>
    /// <param name="visits">One per clip.</param>
    internal ClipBatch Mirrored(ReadOnlySpan<Visit> visits)
    {
        using var scope = NewDisposeScope();
        var odd = Array.ConvertAll(visits.ToArray(), visit => (visit.Chance & 1) == 1);
        var mask = tensor(odd, device: Clips.device).view(-1, 1, 1, 1, 1); // (B, 1, 1, 1, 1)
        var clips = where(mask, Clips.flip(4), Clips); // (B, C, F, H, W)
        Dispose();
        return this with { Clips = clips.MoveToOuterDisposeScope() };
    }

    public override void Dispose() => Clips.Dispose();
}
