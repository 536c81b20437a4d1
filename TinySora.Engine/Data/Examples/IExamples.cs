using static TorchSharp.torch;

namespace TinySora.Engine.Data.Examples;

/// <summary>A remark about the data, for the user.</summary>
public sealed record DataNote(string Text, bool IsWarning);

/// <summary>One micro-batch of what a model trains on; each kind of data has a record of its own.</summary>
/// <param name="Names">The examples' names, for messages.</param>
public abstract record Batch(IReadOnlyList<string> Names) : IDisposable
{
    public abstract void Dispose();
}

/// <summary>What a model is trained on: clips, frames, latents, tokens. Batches are to be made on one thread.</summary>
public interface IExamples : IDisposable
{
    int Count { get; }

    /// <summary>A text that is equal exactly if training sees the same data.</summary>
    string Fingerprint { get; }

    /// <summary>The files that could not be used.</summary>
    int Skipped => 0;

    /// <summary>Remarks that the user should read about the data.</summary>
    IReadOnlyList<DataNote> Notes => [];

    /// <summary>The folder for data made from these examples that is kept for the next time; null: nowhere.</summary>
    string? CacheFolder => null;

    /// <summary>One caption per example, null where it has none.</summary>
    IReadOnlyList<string?> Captions { get; }

    /// <summary>One vector per example, null where it has none; null as a whole for a model that is not conditioned on vectors.</summary>
    IReadOnlyList<float[]?>? Vectors => null;

    /// <summary>Mean and deviation of each channel of latents, over a stretch of the examples; null: these are no latents.</summary>
    /// <returns>(D) float32 each.</returns>
    (Tensor Mean, Tensor Deviation)? MeasureLatents(int first, int count) => null;

    /// <summary>A micro-batch on a device; the caller disposes it.</summary>
    Batch Get(ReadOnlySpan<Visit> visits, Device device);

    /// <summary>The examples of a split, for data that is in no splits: each has at least one of two or more.</summary>
    /// <param name="split"><see cref="DatasetSplit.Training"/> or <see cref="DatasetSplit.Validation"/>.</param>
    /// <returns>Disposes these examples with itself.</returns>
    IExamples Part(string split);
}

/// <summary>Examples whose micro-batches are of one kind, as the families take them.</summary>
public interface IExamples<TBatch> : IExamples
    where TBatch : Batch
{
    /// <inheritdoc cref="IExamples.Get"/>
    new TBatch Get(ReadOnlySpan<Visit> visits, Device device);

    Batch IExamples.Get(ReadOnlySpan<Visit> visits, Device device) => Get(visits, device);

    IExamples IExamples.Part(string split) => ExamplePart<TBatch>.Of(this, split);
}
