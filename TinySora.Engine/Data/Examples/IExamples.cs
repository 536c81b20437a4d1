using static TorchSharp.torch;

namespace TinySora.Engine.Data;

/// <summary>What a model is trained on: clips, frames, latents, tokens. Batches are to be made on one thread.</summary>
public interface IExamples : IDisposable
{
    int Count { get; }

    /// <summary>Equal exactly if training sees the same data.</summary>
    string Fingerprint { get; }

    /// <summary>Files that could not be used.</summary>
    int Skipped { get; }

    /// <summary>What the user should know of the data.</summary>
    IReadOnlyList<DataNote> Notes { get; }

    /// <summary>Where things made of this data are kept for the next time; null: nowhere.</summary>
    string? CacheFolder { get; }

    /// <summary>One per example, null where it has none.</summary>
    IReadOnlyList<string?> Captions { get; }

    /// <summary>One per example, null where it has none; null as a whole for a model that is not conditioned on vectors.</summary>
    IReadOnlyList<float[]?>? Vectors { get; }

    /// <summary>A micro-batch on a device; the caller disposes it.</summary>
    Batch Get(ReadOnlySpan<Visit> visits, Device device);
}

/// <summary>One visit to an example.</summary>
/// <param name="Index">Of the example, from 0.</param>
/// <param name="Chance">64 random bits of this visit alone, for what is done to the example: mirroring, cropping, a choice of frames.</param>
public readonly record struct Visit(int Index, ulong Chance)
{
    /// <summary>The order in which an epoch visits the examples: a pure function, so that a resumed run needs no state.</summary>
    public static int[] Order(long seed, long epoch, int count) => new SplitMix64(SplitMix64.Mix(seed, epoch)).Permutation(count);
}

/// <summary>What was found about the data.</summary>
public sealed record DataNote(string Text, bool IsWarning);
