using static TorchSharp.torch;

namespace TinySora.Engine.Data.Examples;

/// <summary>A message about the data for the user.</summary>
public sealed record DataNote(string Text, bool IsWarning);

/// <summary>One micro-batch of training examples. Each kind of data has its own record type.</summary>
/// <param name="Names">Names of the examples, for messages.</param>
public abstract record Batch(IReadOnlyList<string> Names) : IDisposable
{
    public abstract void Dispose();
}

/// <summary>Training data: clips, frames, latents or tokens. Create batches on one thread only.</summary>
public interface IExamples : IDisposable
{
    int Count { get; }

    /// <summary>A text that is the same for two datasets if and only if training sees the same data.</summary>
    string Fingerprint { get; }

    /// <summary>Number of files that could not be used.</summary>
    int Skipped => 0;

    /// <summary>Messages about the data for the user.</summary>
    IReadOnlyList<DataNote> Notes => [];

    /// <summary>Folder for cached data derived from these examples; <c>null</c> if there is none.</summary>
    string? CacheFolder => null;

    /// <summary>The first caption of each example, or <c>null</c> for an example without a caption.</summary>
    IReadOnlyList<string?> Captions { get; }

    /// <summary>
    /// All captions of each example, of which a visit uses one. Each list has at least one entry, which is <c>null</c> if there is no caption.
    /// </summary>
    IReadOnlyList<IReadOnlyList<string?>> CaptionLists => [.. Captions.Select(caption => (string?[])[caption])];

    /// <summary>All captions that training can use.</summary>
    IEnumerable<string?> AllCaptions => CaptionLists.SelectMany(captions => captions);

    /// <summary>A value per example that is the same for all examples from one video; <c>null</c> if each example has its own video.</summary>
    IReadOnlyList<object>? SourceVideos => null;

    /// <summary>
    /// One vector per example, or <c>null</c> for an example without a vector. The list is <c>null</c> if the model is not conditioned on vectors.
    /// </summary>
    IReadOnlyList<float[]?>? Vectors => null;

    /// <summary>
    /// Computes the mean and standard deviation of each latent channel over a range of examples; <c>null</c> if the examples are not latents.
    /// </summary>
    /// <returns>The mean and the standard deviation, (D) float32 each.</returns>
    (Tensor Mean, Tensor Deviation)? MeasureLatents(int first, int count) => null;

    /// <summary>Limits the examples whose videos provide single frames for other examples to a range, so that splits do not share videos.</summary>
    void LimitImages(int first, int count)
    {
    }

    /// <summary>Creates a micro-batch on a device; the caller disposes it.</summary>
    Batch Get(ReadOnlySpan<SampledExample> visits, Device device);

    /// <summary>
    /// Returns the examples for a split, for data that is not divided into splits. There must be two or more examples, and each split gets at least one.
    /// The splits share a video only if their sizes would differ too much otherwise.
    /// </summary>
    /// <param name="split"><see cref="DatasetSplit.Training"/> or <see cref="DatasetSplit.Validation"/>.</param>
    /// <returns>The subset. Disposing it also disposes these examples.</returns>
    IExamples GetSplit(string split);
}

/// <summary>Examples whose micro-batches have the type that a family requires.</summary>
public interface IExamples<TBatch> : IExamples
    where TBatch : Batch
{
    /// <inheritdoc cref="IExamples.Get"/>
    new TBatch Get(ReadOnlySpan<SampledExample> visits, Device device);

    Batch IExamples.Get(ReadOnlySpan<SampledExample> visits, Device device) => Get(visits, device);

    IExamples IExamples.GetSplit(string split) => ExampleSubset<TBatch>.Create(this, split);
}
