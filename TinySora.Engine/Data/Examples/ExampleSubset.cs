using static TorchSharp.torch;

namespace TinySora.Engine.Data.Examples;

/// <summary>A consecutive range of examples, for data without splits.</summary>
internal sealed class ExampleSubset<TBatch> : IExamples<TBatch>
    where TBatch : Batch
{
    /// <summary>
    /// Fraction of the examples to use for training, as in the published training on token files. The other examples are used for validation.
    /// </summary>
    private const double TrainingShare = 0.8;

    /// <summary>Separates the range from the data in <see cref="Fingerprint"/>.</summary>
    private const string Of = " of ";

    private readonly IExamples<TBatch> all;
    private readonly int first;

    private ExampleSubset(IExamples<TBatch> all, int first, int count)
    {
        (this.all, this.first, Count) = (all, first, count);
        all.LimitImages(first, count);
    }

    public int Count { get; }

    public string Fingerprint => $"{first}+{Count}{Of}{all.Fingerprint}";

    public int Skipped => all.Skipped;

    public IReadOnlyList<DataNote> Notes => all.Notes;

    public string? CacheFolder => all.CacheFolder;

    public IReadOnlyList<string?> Captions => [.. all.Captions.Skip(first).Take(Count)];

    public IReadOnlyList<IReadOnlyList<string?>> CaptionLists => [.. all.CaptionLists.Skip(first).Take(Count)];

    public IReadOnlyList<float[]?>? Vectors => all.Vectors is { } vectors ? [.. vectors.Skip(first).Take(Count)] : null;

    /// <summary>Returns the examples in a split. Each split has at least one example.</summary>
    /// <param name="all">Two or more examples, which are disposed together with the subset.</param>
    /// <param name="split"><see cref="DatasetSplit.Training"/> or <see cref="DatasetSplit.Validation"/>.</param>
    public static ExampleSubset<TBatch> Create(IExamples<TBatch> all, string split)
    {
        var training = TrainingCount(all.Count, all.SourceVideos);
        return split == DatasetSplit.Validation ? new(all, training, all.Count - training) : new(all, 0, training);
    }

    /// <summary>Returns whether the fingerprints of two training sets are those of the same data, although its split may differ.</summary>
    public static bool AreOfSameData(string one, string other) => one.Split(Of)[^1] == other.Split(Of)[^1];

    /// <summary>
    /// Returns the number of examples before the boundary between videos that is closest to the fraction for training. If that leaves less than half for
    /// training or less than a twentieth for validation, videos are divided.
    /// </summary>
    private static int TrainingCount(int count, IReadOnlyList<object>? videos)
    {
        var wanted = Math.Clamp((int)(count * TrainingShare), 1, count - 1);
        if (videos is null)
        {
            return wanted;
        }

        var last = new Dictionary<object, int>();
        for (var i = 0; i < count; i++)
        {
            last[videos[i]] = i;
        }

        var (best, reached) = (0, 0);
        for (var i = 0; i < count - 1; i++)
        {
            reached = Math.Max(reached, last[videos[i]]);
            best = reached == i && Math.Abs(i + 1 - wanted) < Math.Abs(best - wanted) ? i + 1 : best;
        }

        return 2 * best >= count && 20 * (count - best) >= count ? best : wanted;
    }

    public (Tensor Mean, Tensor Deviation)? MeasureLatents(int first, int count) => all.MeasureLatents(this.first + first, count);

    public TBatch Get(ReadOnlySpan<SampledExample> visits, Device device) =>
        all.Get([.. visits.ToArray().Select(visit => visit with { Index = visit.Index + first })], device);

    public void Dispose() => all.Dispose();
}
