using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Media;

namespace TinySora.Engine.Evaluation.Captioning;

/// <summary>
/// Captions videos from their pixels, without a network. Captions mention colors, motion, numbers of objects and cuts, but only if these are certain.
/// </summary>
public static class VideoCaptioner
{
    /// <summary>Memory needed for captioning one video, in bytes.</summary>
    private const long Bytes = 64 << 20;

    private static readonly string[] Columns =
        ["video", "caption", "start", "duration", "colors", "background", "direction", "speed", "things", "camera", "brightness", "shot", "cuts"];

    /// <summary>
    /// Returns the videos and GIFs among some files and in folders (searched recursively), in the order of the sources. Each file is returned only once.
    /// </summary>
    /// <param name="skipped">Action that receives each file in a folder that appears to be a video but cannot be read.</param>
    /// <exception cref="TinySoraException">A source is missing, or contains no video.</exception>
    public static IReadOnlyList<string> Find(
        IReadOnlyList<string> sources, Action<SkippedClip>? skipped = null, CancellationToken cancellationToken = default)
    {
        sources.Where(source => skipped is not null && Directory.Exists(source))
            .SelectMany(source => UnsupportedVideos.Find(source, cancellationToken)).ToList().ForEach(skipped ?? (_ => { }));
        List<string> found =
        [
            .. sources.SelectMany(source => Directory.Exists(source) ? ClipSource.Find(source, cancellationToken).Select(clip => clip.Path)
                : File.Exists(source) ? [Path.GetFullPath(source)] : throw DataErrors.SourceMissing(source)).Distinct(StringComparer.Ordinal),
        ];
        return found.Count > 0 ? found : throw DataErrors.NoVideos(sources, ClipSource.Extensions);
    }

    /// <param name="skipped">Action that receives each video that cannot be read; the other videos are captioned.</param>
    /// <exception cref="TinySoraException">The stretch length is out of range; during enumeration: no video can be read.</exception>
    public static IEnumerable<VideoCaption> Describe(
        IReadOnlyList<string> videos, CaptioningOptions options, Action<SkippedClip> skipped, IProgress<ItemProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ParameterRange.Require(options.Seconds is >= 0.1 and <= 3600, "MaxDuration", options.Seconds, "0.1 to 3600 seconds");
        return Enumerate();

        IEnumerable<VideoCaption> Enumerate()
        {
            var (done, written, first) = (0, 0, (SkippedClip?)null);
            foreach (var (video, captions, reason) in OrderedParallel.Select(videos, OrderedParallel.GetConcurrency(Bytes), Try, cancellationToken))
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

    /// <summary>Returns the captions of one video: one per stretch, or one for the whole video.</summary>
    /// <exception cref="TinySoraException">The file is missing, corrupt, too large or in an unknown format, or ffmpeg is missing.</exception>
    public static IReadOnlyList<VideoCaption> Describe(string video, CaptioningOptions options, CancellationToken cancellationToken = default) =>
        Describe(video, options, take => CaptioningFrames.Read(video, take, cancellationToken));

    /// <param name="video">Name of the video in the captions.</param>
    /// <param name="footage">Action that passes on frames of the video with the intervals between these and between all frames in seconds.</param>
    internal static IReadOnlyList<VideoCaption> Describe(string video, CaptioningOptions options, Action<Action<Clip, double, double>> footage)
    {
        var captions = new List<VideoCaption>();
        ShotSegment? longest = null;
        ShotSplitter? shots = null;
        var (interval, own, frames) = (0.0, 0.0, 0);
        footage(Take);
        shots?.End();
        if (options.WholeVideo && longest is not null)
        {
            captions.Add(Whole(longest));
        }

        // A stretch without a duration reaches the end of the video, even if the length in the container is wrong.
        return captions is [.., var last] ? [.. captions.SkipLast(1), last with { Duration = null }] : captions;

        void Take(Clip frame, double seconds, double ownSeconds)
        {
            (interval, own) = (seconds, ownSeconds);
            shots ??= new ShotSplitter(options.WholeVideo ? int.MaxValue / 2 : Math.Max(3, (int)Math.Round(options.Seconds / seconds)), Done);
            shots.Add(frame);
            frames++;
        }

        void Done(ShotSegment stretch)
        {
            if (!options.WholeVideo)
            {
                captions.Add(Caption(video, stretch, stretch.Analyze(interval), stretch.Times(interval, own), 0));
            }
            else if (longest is null || stretch.Length > longest.Length)
            {
                longest = stretch;
            }
        }

        // The longest of several shots describes the video only if it covers most of the video.
        VideoCaption Whole(ShotSegment stretch)
        {
            var sight = stretch.Analyze(interval);
            var isMost = stretch.Length >= 0.6 * frames;
            return Caption(
                video, stretch with { Shot = 1 },
                isMost ? sight : sight with { Things = [], IsComplete = false, IsStill = false, Camera = null, Background = [] }, default, shots!.Shot - 1);
        }
    }

    /// <summary>Writes the caption table for <c>New-TinySoraDataset -CaptionPath</c>. Video paths are relative to the table's folder.</summary>
    /// <param name="path">Absolute path of the table.</param>
    /// <param name="overwrite">Whether to replace an existing file.</param>
    /// <exception cref="TinySoraException">NameTaken, or the file cannot be written.</exception>
    public static void Write(string path, IEnumerable<VideoCaption> captions, bool overwrite = true)
    {
        var folder = Path.GetDirectoryName(path)!;
        CaptionCsv.Write(path, Columns, captions.Select(c => (IReadOnlyList<string>)
        [
            Path.GetRelativePath(folder, c.Path).Replace('\\', '/'), c.Caption, Seconds(c.Start), c.Duration is { } length ? Seconds(length) : "",
            string.Join(' ', c.Colors.Select(Dashed)), string.Join(' ', c.Background.Select(Dashed)), c.Direction ?? "", c.Speed ?? "", $"{c.Things}",
            c.Camera ?? "", c.Brightness ?? "", $"{c.Shot}", $"{c.Cuts}",
        ]), overwrite);

        static string Seconds(TimeSpan time) => FormattableString.Invariant($"{time.TotalSeconds:0.###}");
        static string Dashed(string name) => name.Replace(' ', '-');
    }

    private static VideoCaption Caption(string video, ShotSegment stretch, ClipContent sight, (double Start, double End) times, int cuts)
    {
        var moving = sight.Things.Where(thing => thing.Moves).ToList();
        return new VideoCaption(video, TimeSpan.FromSeconds(times.Start), TimeSpan.FromSeconds(times.End - times.Start), CaptionSentence.Of(sight, cuts))
        {
            Colors = [.. (moving.Count > 0 ? moving : sight.Things).Select(thing => thing.Color).OfType<string>().Distinct()],
            Background = [.. sight.Background],
            Direction = moving.Count == 0 ? null : moving[0].Trajectory.Description ?? moving[0].Motion,
            Speed = moving.Count == 0 ? null : CaptionSentence.Speed(moving[0]),
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
    /// <summary>Length of each captioned stretch in seconds; stretches do not cross cuts.</summary>
    public double Seconds { get; init; } = 2;

    /// <summary>Whether to write a single caption per video, regardless of its length and cuts.</summary>
    public bool WholeVideo { get; init; }
}

/// <summary>The caption and content of a stretch of a video. Values that are uncertain are <c>null</c> or empty.</summary>
/// <param name="Path">Path of the video.</param>
/// <param name="Start">Start of the stretch in the video.</param>
/// <param name="Duration">Length of the stretch; <c>null</c> if it reaches the end of the video.</param>
/// <param name="Caption">A sentence in the form of a prompt.</param>
public sealed record VideoCaption(string Path, TimeSpan Start, TimeSpan? Duration, string Caption)
{
    /// <summary>Distinct colors of the moving objects, starting with the color of the largest object.</summary>
    public TextList<string> Colors { get; init; } = [];

    /// <summary>Main colors of the background, at most two.</summary>
    public TextList<string> Background { get; init; } = [];

    /// <summary>
    /// Motion of the largest object, such as "up and left", "right, then left" or "growing"; <c>null</c> if the object does not move, or if the motion is
    /// unknown.
    /// </summary>
    public string? Direction { get; init; }

    /// <summary>Speed of the largest object, "slowly" or "quickly"; <c>null</c> if the speed is medium or unknown.</summary>
    public string? Speed { get; init; }

    /// <summary>Number of moving objects; <c>null</c> if unknown.</summary>
    public int? Things { get; init; }

    /// <summary>Direction in which the camera moves; <c>null</c> if it is static or the direction is unknown.</summary>
    public string? Camera { get; init; }

    /// <summary>Brightness of the stretch, "dark" or "bright"; <c>null</c> for medium brightness.</summary>
    public string? Brightness { get; init; }

    public int Shot { get; init; } = 1;

    /// <summary>Number of cuts in the stretch; 0 unless the caption is for the whole video.</summary>
    public int Cuts { get; init; }

    public override string ToString() => Caption;
}
