using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Data.Views;

/// <summary>The number of clips of one size.</summary>
public sealed record SizeCount(int Width, int Height, int Clips)
{
    public override string ToString() => $"{Width}x{Height}: {Clips}";
}

/// <summary>The least, the mean and the most of some numbers.</summary>
public sealed record Spread(int Least, double Mean, int Most)
{
    internal static Spread? Of(IReadOnlyCollection<int> numbers) =>
        numbers.Count == 0 ? null : new Spread(numbers.Min(), numbers.Average(), numbers.Max());

    public override string ToString() => Least == Most ? $"{Least}" : FormattableString.Invariant($"{Least} to {Most}, mean {Mean:0.#}");
}

/// <summary>What a folder of clips holds: how many, of which sizes, with how many captions.</summary>
/// <param name="DataPath">The folder; Start-TinySoraTraining takes it from the pipeline.</param>
/// <param name="Count">Clips that can be read.</param>
/// <param name="Captioned">Those of them that have a caption.</param>
/// <param name="Captions">Different captions among them.</param>
/// <param name="Words">Different words in the captions.</param>
/// <param name="WordsPerCaption">null when there is no caption.</param>
/// <param name="Sizes">The most frequent first.</param>
/// <param name="Frames">null when there is no clip.</param>
/// <param name="Bytes">Of all clips on the disk.</param>
/// <param name="Unreadable">Clips that cannot be decoded, and files that look like videos and are not read.</param>
public sealed record DatasetSummary(
    string DataPath, int Count, int Captioned, int Captions, int Words, Spread? WordsPerCaption,
    TextList<SizeCount> Sizes, Spread? Frames, TimeSpan Duration, long Bytes, TextList<SkippedClip> Unreadable)
{
    /// <summary>A sentence about each text file of a clip that cannot be used as its captions.</summary>
    public TextList<string> CaptionProblems { get; init; } = [];

    /// <summary>Looks at every clip below a folder, in parallel.</summary>
    /// <exception cref="TinySoraException">The folder is missing or holds no clip; FFmpegMissing.</exception>
    public static DatasetSummary Of(string folder, IProgress<ItemProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var sources = ClipSource.Require(folder, cancellationToken);
        var looks = new List<Look>();
        foreach (var look in InOrder.Select(sources, InOrder.AtOnce(0), (source, stop) => Look.At(source.Path, stop), cancellationToken))
        {
            looks.Add(look);
            progress?.Report(new ItemProgress(looks.Count, sources.Count, sources[looks.Count - 1].Path));
        }

        var good = looks.Where(l => l.Problem is null).ToList();
        var captions = good.SelectMany(l => l.Captions).ToList();
        var words = captions.Select(c => c.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToList();
        return new DatasetSummary(
            folder, good.Count, good.Count(l => l.Captions.Count > 0), captions.Distinct().Count(),
            words.SelectMany(w => w).Distinct(StringComparer.OrdinalIgnoreCase).Count(), Spread.Of([.. words.Select(w => w.Length)]),
            [.. good.GroupBy(l => (l.Width, l.Height)).Select(g => new SizeCount(g.Key.Width, g.Key.Height, g.Count())).OrderByDescending(s => s.Clips)],
            Spread.Of([.. good.Select(l => l.Frames)]), good.Aggregate(TimeSpan.Zero, (sum, l) => sum + l.Duration),
            sources.Sum(s => s.Length), [.. looks.Select(l => l.Problem).OfType<SkippedClip>(), .. UnreadVideos.Find(folder, cancellationToken)])
        {
            CaptionProblems =
                [.. CaptionFile.Problems(sources.Zip(looks).Where(s => s.Second is { Problem: null, Captions.Count: 0 }).Select(s => s.First.Path))],
        };
    }

    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => DataPath;

    private sealed record Look(int Width, int Height, int Frames, TimeSpan Duration, IReadOnlyList<string> Captions, SkippedClip? Problem)
    {
        public static Look At(string path, CancellationToken cancellationToken)
        {
            try
            {
                var captions = CaptionFile.ReadAll(path);
                if (ClipFile.IsVideo(path))
                {
                    var info = FFmpeg.Probe(path, cancellationToken);
                    var duration = info.Duration ?? TimeSpan.Zero;
                    return new Look(info.Width, info.Height, info.Frames ?? (int)(duration.TotalSeconds * info.FramesPerSecond), duration, captions, null);
                }

                var clip = ClipFile.Read(path, cancellationToken: cancellationToken);
                return new Look(clip.Width, clip.Height, clip.Frames, TimeSpan.FromMilliseconds((double)clip.Frames * clip.FrameMilliseconds), captions, null);
            }
            catch (TinySoraException e) when (e.Kind != ErrorKind.NotInstalled)
            {
                return new Look(0, 0, 0, TimeSpan.Zero, [], new SkippedClip(path, e.Message));
            }
        }
    }
}
