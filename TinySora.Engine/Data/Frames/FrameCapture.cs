using System.Text.Json.Serialization;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Frames;

/// <summary>How frames are chosen from videos.</summary>
public sealed record CaptureOptions
{
    /// <summary>The probability with which a frame is kept; 1: all.</summary>
    public double Probability { get; init; } = 0.1;

    public long Seed { get; init; }

    /// <summary>Whether frames are converted as the Latte tutorial does it with OpenCV; else as a player shows them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AsPublished { get; init; }

    /// <summary>The videos of the sources that are taken; the log of the folder names them one by one.</summary>
    [JsonIgnore]
    public FilmChoice Films { get; init; } = FilmChoice.All;

    /// <summary>Makes anew what an earlier run has written, in place of whatever frames are there.</summary>
    [JsonIgnore]
    public bool Force { get; init; }
}

/// <summary>A video and how many of its frames are pictures now.</summary>
public sealed record CapturedVideo(string Path, int Frames);

/// <summary>
/// Makes frames of videos, chosen by lot, into the pictures that a frame autoencoder is trained on: frame_0.png and on,
/// counted over all videos, as they are in the video. An interrupted run goes on where it stopped, and one of the same
/// arguments changes nothing when all is done.
/// </summary>
public static class FrameCapture
{
    /// <summary>Arguments are checked at once; pictures are written while the result is enumerated.</summary>
    /// <param name="sources">Videos, GIFs, and folders that are searched recursively.</param>
    /// <param name="skipped">Told about every video that cannot be read to its end; the others go on.</param>
    /// <param name="failed">Receives the error of each source that cannot be used if others can; `null` if such a source ends the work.</param>
    /// <param name="warning">Receives a sentence about pictures that are not read as they are stored, or names in the filter that no video has.</param>
    /// <exception cref="TinySoraException">
    /// An option out of range, a source that is missing, no video, or frames of another origin without force; while they are enumerated
    /// NoUsableVideos, where none can be read.
    /// </exception>
    public static IEnumerable<CapturedVideo> Write(
        IReadOnlyList<string> sources, string folder, CaptureOptions options, Action<SkippedClip> skipped,
        IProgress<ItemProgress>? progress = null, Action<TinySoraException>? failed = null, Action<string>? warning = null,
        CancellationToken cancellationToken = default)
    {
        ParameterRange.Require(options.Probability is > 0 and <= 1, "Probability", options.Probability, "above 0, at most 1");
        var report = new ImportReport(skipped, warning ?? (_ => { })) { Failed = failed };
        var choice = DatasetKinds.Videos.Defaults with { FilterPath = options.Films.FilterPath };
        var videos = ImportPlan.Make(sources, null, DatasetKinds.Videos, choice, report, cancellationToken)
            .Where(video => options.Films.Extensions?.Contains(Path.GetExtension(video.Path), StringComparer.OrdinalIgnoreCase) != false).ToList();
        if (videos.Count == 0)
        {
            throw DataErrors.NoVideos(sources, options.Films.Extensions!);
        }

        var unread = new List<SkippedClip>();
        var notes = new PictureNotes();
        var output = new FrameFolder(folder, options, Skip, skipped, notes, cancellationToken);
        output.CheckFree(videos);
        return Write();

        IEnumerable<CapturedVideo> Write()
        {
            using var open = output;
            var next = 0;
            for (var v = 0; v < videos.Count; v++)
            {
                var count = output.Write(videos[v], v, next);
                next += count.Frames;
                yield return new CapturedVideo(videos[v].Path, count.There);
                progress?.Report(new ItemProgress(v + 1, videos.Count, videos[v].Path));
            }

            notes.Report(warning ?? (_ => { }));
            output.RemoveFrom(next);
            if (unread.Count == videos.Count)
            {
                throw DataErrors.NoUsableVideos(videos.Count, unread[0].Path, unread[0].Reason);
            }
        }

        void Skip(SkippedClip clip)
        {
            unread.Add(clip);
            skipped(clip);
        }
    }
}
