using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Media;

namespace TinySora.Engine.Evaluation.Captioning;

/// <summary>Writes captions of videos from their pixels alone, without a network: colours, ways, numbers and cuts, each only where it is sure.</summary>
public static class VideoCaptioner
{
    /// <summary>Memory that looking at one video takes.</summary>
    private const long Bytes = 64 << 20;

    private static readonly string[] Columns =
        ["video", "caption", "start", "duration", "colours", "background", "direction", "speed", "things", "camera", "brightness", "shot", "cuts"];

    /// <summary>The videos and GIFs of files and folders, which are searched recursively; each once, in the order given.</summary>
    /// <param name="skipped">Told about files of folders that look like videos and are not read.</param>
    /// <exception cref="TinySoraException">A source is missing, or there is no video.</exception>
    public static IReadOnlyList<string> Find(
        IReadOnlyList<string> sources, Action<SkippedClip>? skipped = null, CancellationToken cancellationToken = default)
    {
        sources.Where(source => skipped is not null && Directory.Exists(source))
            .SelectMany(source => UnreadVideos.Find(source, cancellationToken)).ToList().ForEach(skipped ?? (_ => { }));
        List<string> found =
        [
            .. sources.SelectMany(source => Directory.Exists(source) ? ClipSource.Find(source, cancellationToken).Select(clip => clip.Path)
                : File.Exists(source) ? [Path.GetFullPath(source)] : throw DataErrors.SourceMissing(source)).Distinct(StringComparer.Ordinal),
        ];
        return found.Count > 0 ? found : throw DataErrors.NoVideos(sources, ClipSource.Extensions);
    }

    /// <param name="skipped">Told about a video that cannot be read; the others go on.</param>
    /// <exception cref="TinySoraException">The length of stretches is out of range; while they are enumerated: none of the videos can be read.</exception>
    public static IEnumerable<VideoCaption> Describe(
        IReadOnlyList<string> videos, CaptioningOptions options, Action<SkippedClip> skipped, IProgress<ItemProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ParameterRange.Require(options.Seconds is >= 0.1 and <= 3600, "MaxDuration", options.Seconds, "0.1 to 3600 seconds");
        return Enumerate();

        IEnumerable<VideoCaption> Enumerate()
        {
            var (done, written, first) = (0, 0, (SkippedClip?)null);
            foreach (var (video, captions, reason) in InOrder.Select(videos, InOrder.AtOnce(Bytes), Try, cancellationToken))
            {
                foreach (var caption in captions)
                {
                    written++;
                    yield return caption;
                }

                if (reason is not null)
                {
                    var clip = new SkippedClip(video, reason);
                    first ??= clip;
                    skipped(clip);
                }

                progress?.Report(new ItemProgress(++done, videos.Count, video));
            }

            if (written == 0 && first is not null)
            {
                throw DataErrors.NoUsableVideos(videos.Count, first.Path, first.Reason);
            }
        }

        (string Video, IReadOnlyList<VideoCaption> Captions, string? Reason) Try(string video, CancellationToken stop)
        {
            try
            {
                return (video, Describe(video, options, stop), null);
            }
            catch (TinySoraException e) when (e.Kind != ErrorKind.NotInstalled)
            {
                return (video, [], e.Message);
            }
        }
    }

    /// <summary>The captions of one video: of its stretches, or one for all of it.</summary>
    /// <exception cref="TinySoraException">Absent, damaged, of an unknown format, too large, or ffmpeg is missing.</exception>
    public static IReadOnlyList<VideoCaption> Describe(string video, CaptioningOptions options, CancellationToken cancellationToken = default) =>
        Describe(video, options, take => Footage.Read(video, take, cancellationToken));

    /// <param name="video">How the captions name it.</param>
    /// <param name="footage">Hands out the frames with the seconds from each to the next.</param>
    internal static IReadOnlyList<VideoCaption> Describe(string video, CaptioningOptions options, Action<Action<Clip, double>> footage)
    {
        var captions = new List<VideoCaption>();
        Stretch? longest = null;
        Shots? shots = null;
        var (interval, frames) = (0.0, 0);
        footage(Take);
        shots?.End();
        if (options.WholeVideo && longest is not null)
        {
            captions.Add(Whole(longest));
        }

        // Without a length the last stretch of a video reaches to its end, whatever the container says of that.
        return captions is [.., var last] ? [.. captions.SkipLast(1), last with { Duration = null }] : captions;

        void Take(Clip frame, double seconds)
        {
            interval = seconds;
            shots ??= new Shots(options.WholeVideo ? int.MaxValue / 2 : Math.Max(3, (int)Math.Round(options.Seconds / seconds)), Done);
            shots.Add(frame);
            frames++;
        }

        void Done(Stretch stretch)
        {
            if (!options.WholeVideo)
            {
                captions.Add(Caption(video, stretch, stretch.Look(interval), interval, 0));
            }
            else if (longest is null || stretch.Length > longest.Length)
            {
                longest = stretch;
            }
        }

        // Of a video of many shots the longest tells only if it is most of it.
        VideoCaption Whole(Stretch stretch)
        {
            var sight = stretch.Look(interval);
            var isMost = stretch.Length >= 0.6 * frames;
            return Caption(
                video, stretch with { First = 0, Shot = 1 },
                isMost ? sight : sight with { Things = [], IsComplete = false, IsStill = false, Camera = null, Background = [] }, interval, shots!.Shot - 1);
        }
    }

    /// <summary>Writes the table that New-TinySoraDataset takes with -CaptionPath. Videos are named as seen from it.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="overwrite">Whether the file may replace another one of its name.</param>
    /// <exception cref="TinySoraException">NameTaken, or the disk or the permissions do not allow it.</exception>
    public static void Write(string path, IEnumerable<VideoCaption> captions, bool overwrite = true)
    {
        var folder = Path.GetDirectoryName(path)!;
        CaptionCsv.Write(path, Columns, captions.Select(c => (IReadOnlyList<string>)
        [
            Path.GetRelativePath(folder, c.Path).Replace('\\', '/'), c.Caption, Seconds(c.Start), c.Duration is { } length ? Seconds(length) : "",
            string.Join(' ', c.Colours.Select(Dashed)), string.Join(' ', c.Background.Select(Dashed)), c.Direction ?? "", c.Speed ?? "", $"{c.Things}",
            c.Camera ?? "", c.Brightness ?? "", $"{c.Shot}", $"{c.Cuts}",
        ]), overwrite);

        static string Seconds(TimeSpan time) => FormattableString.Invariant($"{time.TotalSeconds:0.###}");
        static string Dashed(string name) => name.Replace(' ', '-');
    }

    private static VideoCaption Caption(string video, Stretch stretch, ClipSight sight, double interval, int cuts)
    {
        var moving = sight.Things.Where(thing => thing.Moves).ToList();
        var (start, length) = (TimeSpan.FromSeconds(stretch.First * interval), TimeSpan.FromSeconds(stretch.Length * interval));
        return new VideoCaption(video, start, length, SightSentence.Of(sight, cuts))
        {
            Colours = [.. (moving.Count > 0 ? moving : sight.Things).Select(thing => thing.Colour).OfType<string>().Distinct()],
            Background = [.. sight.Background],
            Direction = moving.Count == 0 ? null : moving[0].Way.Words ?? moving[0].Motion,
            Speed = moving.Count == 0 ? null : SightSentence.Speed(moving[0]),
            Things = sight.IsComplete ? moving.Count : null,
            Camera = sight.Camera,
            Brightness = sight.Brightness,
            Shot = stretch.Shot,
            Cuts = cuts,
        };
    }
}

public sealed record CaptioningOptions
{
    /// <summary>Seconds of a stretch with a caption of its own; shots go on in the next.</summary>
    public double Seconds { get; init; } = 2;

    /// <summary>One caption for each video, whatever its length and its cuts.</summary>
    public bool WholeVideo { get; init; }
}

/// <summary>A stretch of a video and what its pixels tell of it; what is not sure is left out.</summary>
/// <param name="Path">Of the video.</param>
/// <param name="Start">Where in the video the stretch begins.</param>
/// <param name="Duration">The length of the stretch; null: to the video's end.</param>
/// <param name="Caption">A sentence in the form of a prompt.</param>
public sealed record VideoCaption(string Path, TimeSpan Start, TimeSpan? Duration, string Caption)
{
    /// <summary>The colours of what moves, each once, the largest thing's first.</summary>
    public TextList<string> Colours { get; init; } = [];

    /// <summary>The main colours of the background, at most two.</summary>
    public TextList<string> Background { get; init; } = [];

    /// <summary>Where the largest thing goes, "up and left" or "right, then left", or "growing"; null: nowhere, or not known.</summary>
    public string? Direction { get; init; }

    /// <summary>"slowly" or "quickly"; null: neither, or not known.</summary>
    public string? Speed { get; init; }

    /// <summary>How many things move; null: not known.</summary>
    public int? Things { get; init; }

    /// <summary>Where the camera goes; null: it rests, or that is not known.</summary>
    public string? Camera { get; init; }

    /// <summary>"dark" or "bright"; null: neither.</summary>
    public string? Brightness { get; init; }

    public int Shot { get; init; } = 1;

    /// <summary>Cuts within the stretch: none, unless one caption was asked for the whole video.</summary>
    public int Cuts { get; init; }

    public override string ToString() => Caption;
}
