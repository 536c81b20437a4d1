using System.Text.Json.Serialization;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Frames;

/// <summary>Options for choosing frames from videos and writing them as images.</summary>
public sealed record CaptureOptions
{
    /// <summary>Probability of keeping a frame; 1 keeps all frames.</summary>
    public double Probability { get; init; } = 0.1;

    public long Seed { get; init; }

    /// <summary>Whether frames are converted as in the Latte tutorial (OpenCV) instead of as in a video player.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AsPublished { get; init; }

    /// <summary>Selects the videos to use. The log of the output folder lists each of them.</summary>
    [JsonIgnore]
    public VideoFilter VideoFilter { get; init; } = VideoFilter.All;

    /// <summary>Whether to rewrite existing frames and to replace any other files with the same names.</summary>
    [JsonIgnore]
    public bool Force { get; init; }
}

/// <summary>A video, and the number of its frames that were written as images.</summary>
public sealed record CapturedVideo(string Path, int Frames);

/// <summary>
/// Writes randomly chosen frames of videos as images, for training a frame autoencoder. The files are named frame_0.png and so on, numbered across all
/// videos, and have the size of the videos. Rerunning the same command resumes an interrupted run and does not change a finished one.
/// </summary>
public static class FrameCapture
{
    /// <summary>Checks arguments immediately, and writes images while the result is enumerated.</summary>
    /// <param name="sources">Videos, GIFs, and folders to search recursively.</param>
    /// <param name="skipped">Receives every video that cannot be read to its end. The other videos are still processed.</param>
    /// <param name="failed">Receives the error for each unusable source, as long as other sources are usable; <c>null</c> to stop at such a source.</param>
    /// <param name="warning">Receives a sentence about videos whose frames are converted on reading, or about names in the filter that match no video.</param>
    /// <exception cref="TinySoraException">
    /// An option is out of range, a source is missing, there are no videos, or frames that are not from this command exist and Force is not set. During
    /// enumeration: NoUsableVideos if no video can be read.
    /// </exception>
    public static IEnumerable<CapturedVideo> Write(
        IReadOnlyList<string> sources, string folder, CaptureOptions options, Action<SkippedClip> skipped,
        IProgress<ItemProgress>? progress = null, Action<TinySoraException>? failed = null, Action<string>? warning = null,
        CancellationToken cancellationToken = default)
    {
        ParameterRange.Require(options.Probability is > 0 and <= 1, "Probability", options.Probability, "a number above 0 and at most 1");
        var report = new ImportReport(skipped, warning ?? (_ => { })) { Failed = failed };
        var choice = DatasetKinds.Videos.Defaults with { FilterPath = options.VideoFilter.FilterPath };
        var videos = ImportPlan.Create(sources, null, DatasetKinds.Videos, choice, report, cancellationToken)
            .Where(video => options.VideoFilter.Extensions?.Contains(Path.GetExtension(video.Path), StringComparer.OrdinalIgnoreCase) != false).ToList();
        if (videos.Count == 0)
        {
            throw DataErrors.NoVideos(sources, options.VideoFilter.Extensions!);
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
                yield return new CapturedVideo(videos[v].Path, count.Existing);
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
