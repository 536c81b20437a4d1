using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Data.Frames;

/// <summary>Number of frames in a video, and how many of them exist.</summary>
internal readonly record struct FrameCount(int Frames, int Existing);

/// <summary>
/// A folder to write video frames to, in the order of the videos. If an earlier run completed a video, its frames are not rewritten, even if the user edited
/// or deleted them.
/// </summary>
internal sealed partial class FrameFolder : IDisposable
{
    private readonly string folder;
    private readonly CaptureOptions options;
    private readonly Action<SkippedClip> unread;
    private readonly Action<SkippedClip> kept;
    private readonly PictureNotes notes;
    private readonly CancellationToken cancellationToken;
    private readonly OutputLog log;
    private readonly OutputFiles files;

    /// <param name="unread">Receives videos that cannot be read to their end.</param>
    /// <param name="kept">Receives videos whose frames are not written because the user edited or deleted them.</param>
    public FrameFolder(
        string folder, CaptureOptions options, Action<SkippedClip> unread, Action<SkippedClip> kept, PictureNotes notes, CancellationToken cancellationToken)
    {
        (this.folder, this.options, this.unread, this.kept, this.notes) = (folder, options, unread, kept, notes);
        this.cancellationToken = cancellationToken;
        log = new OutputLog(folder, $"frames {JsonSerializer.Serialize(options)}", options.Force);
        files = new OutputFiles(folder, log, options.Force);
    }

    /// <exception cref="TinySoraException">The folder contains frames that were not written by a run with these options and videos.</exception>
    public void CheckFree(IReadOnlyList<PlannedVideo> videos)
    {
        var first = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "frame_*.png").FirstOrDefault() : null;
        if (first is not null && !options.Force && !videos.Any(v => log.State.HasStarted(v.Item.Key)))
        {
            throw DataErrors.OutputExists(first);
        }
    }

    /// <summary>Writes the frames of a video, unless an earlier run has done so.</summary>
    /// <param name="number">Index of the video in the run. It affects the choice of frames.</param>
    /// <param name="first">Number of the first frame to write for the video.</param>
    /// <exception cref="TinySoraException">OutputExists; writing fails; FFmpegMissing.</exception>
    public FrameCount Write(PlannedVideo video, int number, int first)
    {
        var version = $"{number}-{first}-{video.Item.Version}";
        var (before, done) = log.State.GetCompleted(video.Item.Key);
        if (done == version)
        {
            return Count(video, first, before, edited: 0);
        }

        OnDisk(() => log.Begin(video.Item.Key));
        var random = new SplitMix64(SplitMix64.Mix(options.Seed, number));
        var (count, edited) = (0, 0);
        var reading = new ReadOptions
        {
            IsAsPublished = options.AsPublished,
            Opened = info => notes.Add(video.Path, options.AsPublished ? [] : DisplayConversion.Notes(info.Stored)),
        };
        try
        {
            ClipFile.ForEachFrame(
                video.Path,
                frame =>
                {
                    if (random.Between(0, 1) < options.Probability)
                    {
                        edited += Write(video.Item.Key, PathOf(first + count), frame) == OutputState.Edited ? 1 : 0;
                        count++;
                    }
                },
                reading, cancellationToken);
        }
        catch (TinySoraException e) when (e.Kind is not (ErrorKind.NotInstalled or ErrorKind.WriteError or ErrorKind.ResourceExists))
        {
            // Do not record the video as done, because another version of ffmpeg may be able to read more of it.
            unread(new SkippedClip(video.Path, e.Message));
            return new FrameCount(count, count);
        }

        OnDisk(() => log.End(video.Item.Key, count, version));
        return Count(video, first, count, edited);
    }

    /// <summary>Removes frames left by an earlier run with more videos, unless the user edited them.</summary>
    public void RemoveFrom(int frame) => OnDisk(() =>
    {
        var left = options.Force
            ? Enumerable.Range(frame, int.MaxValue - frame).Select(PathOf).TakeWhile(File.Exists)
            : log.State.Names
                .Where(name => Number().Match(name) is { Success: true } match && int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) >= frame)
                .Select(name => Path.Combine(folder, name)).Where(File.Exists);
        foreach (var path in left.ToList())
        {
            files.TryRemove([path]);
        }
    });

    public void Dispose() => log.Dispose();

    [GeneratedRegex(@"^frame_(\d{1,9})\.png$")]
    private static partial Regex Number();

    private OutputState Write(string item, string path, Clip frame) => OnFailure.Throw(folder, DataErrors.CannotWrite, () => files.Write(
        item, path, staged => ClipFile.Write(staged, frame, cancellationToken: cancellationToken), [], isUnlogged: false));

    /// <summary>Counts frames, and reports frames that were not written because the user edited or deleted them.</summary>
    private FrameCount Count(PlannedVideo video, int first, int count, int edited)
    {
        var there = Enumerable.Range(first, count).Count(frame => File.Exists(PathOf(frame)));
        if (there < count || edited > 0)
        {
            kept(new SkippedClip(video.Path, $"{count - there} of its {count} frames were deleted and {edited} were edited since an earlier run wrote them; "
                + "use -Force to write them again"));
        }

        return new FrameCount(count, there);
    }

    private string PathOf(int frame) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"frame_{frame}.png"));

    private void OnDisk(Action write) => OnFailure.Throw(folder, DataErrors.CannotWrite, write);
}
