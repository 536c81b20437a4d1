using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Data.Views;

/// <summary>Number of clips with a given size.</summary>
public sealed record SizeCount(int Width, int Height, int Clips)
{
    public override string ToString() => $"{Width}x{Height}: {Clips}";
}

/// <summary>Minimum, mean and maximum of several numbers.</summary>
public sealed record ValueSummary(int Least, double Mean, int Most)
{
    internal static ValueSummary? From(IReadOnlyCollection<int> numbers) =>
        numbers.Count == 0 ? null : new ValueSummary(numbers.Min(), numbers.Average(), numbers.Max());

    public override string ToString() => Least == Most ? $"{Least}" : FormattableString.Invariant($"{Least} to {Most}, mean {Mean:0.#}");
}

/// <summary>Summary of a folder of clips: their number, sizes and captions.</summary>
/// <param name="DataPath">Folder of the clips. Start-TinySoraTraining accepts this property from the pipeline.</param>
/// <param name="Count">Number of readable clips.</param>
/// <param name="Captioned">Number of clips with a caption.</param>
/// <param name="Captions">Number of distinct captions.</param>
/// <param name="Words">Number of distinct words in the captions.</param>
/// <param name="WordsPerCaption">Minimum, mean and maximum number of words per caption; <c>null</c> if there are no captions.</param>
/// <param name="Sizes">Frame sizes, most frequent first.</param>
/// <param name="Frames">Minimum, mean and maximum number of frames per clip; <c>null</c> if there are no clips.</param>
/// <param name="Bytes">Total size of all clips on disk.</param>
/// <param name="Unreadable">Clips that cannot be decoded, and files that look like videos but are not read.</param>
public sealed record DatasetSummary(
    string DataPath, int Count, int Captioned, int Captions, int Words, ValueSummary? WordsPerCaption,
    TextList<SizeCount> Sizes, ValueSummary? Frames, TimeSpan Duration, long Bytes, TextList<SkippedClip> Unreadable)
{
    /// <summary>A sentence about each text file that is unusable as a clip's captions.</summary>
    public TextList<string> CaptionProblems { get; init; } = [];

    /// <summary>Summarizes a folder by reading every clip in it and in its subfolders, in parallel.</summary>
    /// <exception cref="TinySoraException">The folder is missing or has no clips; FFmpegMissing.</exception>
    public static DatasetSummary FromFolder(string folder, IProgress<ItemProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var sources = ClipSource.Require(folder, cancellationToken);
        var looks = new List<ClipInspection>();
        foreach (var look in OrderedParallel.Select(sources, OrderedParallel.GetConcurrency(0),
            (source, stop) => ClipInspection.Inspect(source.Path, stop), cancellationToken))
        {
            looks.Add(look);
            progress?.Report(new ItemProgress(looks.Count, sources.Count, sources[looks.Count - 1].Path));
        }

        var good = looks.Where(l => l.Problem is null).ToList();
        var captions = good.SelectMany(l => l.Captions).ToList();
        var words = captions.Select(c => c.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToList();
        return new DatasetSummary(
            folder, good.Count, good.Count(l => l.Captions.Count > 0), captions.Distinct().Count(),
            words.SelectMany(w => w).Distinct(StringComparer.OrdinalIgnoreCase).Count(), ValueSummary.From([.. words.Select(w => w.Length)]),
            [.. good.GroupBy(l => (l.Width, l.Height)).Select(g => new SizeCount(g.Key.Width, g.Key.Height, g.Count())).OrderByDescending(s => s.Clips)],
            ValueSummary.From([.. good.Select(l => l.Frames)]), good.Aggregate(TimeSpan.Zero, (sum, l) => sum + l.Duration),
            sources.Sum(s => s.Length), [.. looks.Select(l => l.Problem).OfType<SkippedClip>(), .. UnsupportedVideos.Find(folder, cancellationToken)])
        {
            CaptionProblems =
                [.. CaptionFile.Problems(sources.Zip(looks).Where(s => s.Second is { Problem: null, Captions.Count: 0 }).Select(s => s.First.Path))],
        };
    }

    /// <summary>Returns the path, so that the object can be passed to commands that read files.</summary>
    public override string ToString() => DataPath;

    private sealed record ClipInspection(int Width, int Height, int Frames, TimeSpan Duration, IReadOnlyList<string> Captions, SkippedClip? Problem)
    {
        public static ClipInspection Inspect(string path, CancellationToken cancellationToken)
        {
            var (inspected, problem) = SkippedClip.Try(path, () =>
            {
                var captions = CaptionFile.ReadAll(path);
                if (ClipFile.IsVideo(path))
                {
                    var info = FFmpeg.Probe(path, cancellationToken);
                    var duration = info.Duration ?? TimeSpan.Zero;
                    return new ClipInspection(info.Width, info.Height,
                        info.Frames ?? (int)(duration.TotalSeconds * info.FramesPerSecond), duration, captions, null);
                }

                var clip = ClipFile.Read(path, cancellationToken: cancellationToken);
                return new ClipInspection(clip.Width, clip.Height, clip.Frames,
                    TimeSpan.FromMilliseconds((double)clip.Frames * clip.FrameMilliseconds), captions, null);
            });
            return inspected ?? new ClipInspection(0, 0, 0, TimeSpan.Zero, [], problem);
        }
    }
}
