using static TorchSharp.torch;

namespace TinySora.Engine.Data.Examples;

/// <summary>A micro-batch of clips.</summary>
/// <param name="Clips">(B, C, F, H, W) float32 in [0, 1], on the training device.</param>
/// <param name="Captions">One caption per clip; <c>null</c> for a clip without one.</param>
/// <param name="Names">File names of the clips.</param>
public sealed record ClipBatch(Tensor Clips, IReadOnlyList<string?> Captions, IReadOnlyList<string> Names) : Batch(Names)
{
    /// <summary>One vector per clip, or <c>null</c> for a clip without a vector. The list is <c>null</c> if the model is not conditioned on vectors.</summary>
    public IReadOnlyList<float[]?>? Vectors { get; init; }

    /// <summary>Number of valid frames in each clip, after which there is only padding; <c>null</c> if all frames are valid.</summary>
    public IReadOnlyList<int>? Lengths { get; init; }

    /// <summary>Returns a batch in which every clip whose random bits are odd is mirrored horizontally. This batch must not be used afterwards.</summary>
    /// <param name="visits">One visit per clip.</param>
    internal ClipBatch Mirrored(ReadOnlySpan<SampledExample> visits)
    {
        using var scope = NewDisposeScope();
        var odd = Array.ConvertAll(visits.ToArray(), visit => (visit.RandomBits & 1) == 1);
        var mask = tensor(odd, device: Clips.device).view(-1, 1, 1, 1, 1); // (B, 1, 1, 1, 1)
        var clips = where(mask, Clips.flip(4), Clips); // (B, C, F, H, W)
        Dispose();
        return this with { Clips = clips.MoveToOuterDisposeScope() };
    }

    public override void Dispose() => Clips.Dispose();
}
