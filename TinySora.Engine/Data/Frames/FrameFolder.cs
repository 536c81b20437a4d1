using System.Globalization;
using System.Text.Json;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Data.Frames;

/// <summary>A folder that frames of videos are written into, in the order of the videos.</summary>
internal sealed class FrameFolder(
    string folder, CaptureOptions options, Action<SkippedClip> skipped, CancellationToken cancellationToken) : IDisposable
{
    private readonly WrittenLog log = new(folder, $"frames {JsonSerializer.Serialize(options)}", options.Force);

    /// <exception cref="TinySoraException">There are frames, and not from a run of these options over these videos.</exception>
    public void CheckFree(IReadOnlyList<PlannedVideo> videos)
    {
        var first = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "frame_*.png").FirstOrDefault() : null;
        if (first is not null && !options.Force && !videos.Any(v => log.HasBegun(v.Item.Key)))
        {
            throw DataErrors.OutputExists(first);
        }
    }

    /// <summary>Writes the frames of a video, unless they are there from an earlier run.</summary>
    /// <param name="number">Of the video in the run: another one, other frames.</param>
    /// <param name="first">The number of its first frame.</param>
    /// <returns>How many there are.</returns>
    /// <exception cref="TinySoraException">The disk refuses; FFmpegMissing.</exception>
    public int Write(PlannedVideo video, int number, int first)
    {
        var version = $"{number}-{first}-{video.Item.Version}";
        var (before, done) = log.Done(video.Item.Key);
        if (done == version && Enumerable.Range(first, before).All(frame => File.Exists(PathOf(frame))))
        {
            return before;
        }

        OnDisk(() => log.Begin(video.Item.Key));
        var random = new SplitMix64(SplitMix64.Mix(options.Seed, number));
        var count = 0;
        try
        {
            ClipFile.ForEachFrame(
                video.Path,
                frame =>
                {
                    if (random.Between(0, 1) < options.Probability)
                    {
                        ClipFile.Write(PathOf(first + count), frame, cancellationToken: cancellationToken);
                        count++;
                    }
                },
                cancellationToken: cancellationToken);
        }
        catch (TinySoraException e) when (e.Kind is not (ErrorKind.NotInstalled or ErrorKind.WriteError))
        {
            // Not noted as done: another ffmpeg may read more of it.
            skipped(new SkippedClip(video.Path, e.Message));
            return count;
        }

        OnDisk(() => log.End(video.Item.Key, count, version));
        return count;
    }

    /// <summary>Removes frames that an earlier run over more videos has left.</summary>
    public void RemoveFrom(int frame)
    {
        for (var left = frame; File.Exists(PathOf(left)); left++)
        {
            OnDisk(() => File.Delete(PathOf(left)));
        }
    }

    public void Dispose() => log.Dispose();

    private string PathOf(int frame) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"frame_{frame}.png"));

    private void OnDisk(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw DataErrors.CannotWrite(folder, e);
        }
    }
}
