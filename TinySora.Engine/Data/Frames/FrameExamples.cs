using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Views;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Data.Frames;

/// <summary>Single frames to train on: the images of a folder, or every frame of its videos and GIFs if it has no images.</summary>
public sealed class FrameExamples : IExamples<ClipBatch>
{
    private readonly FrameDataset data;

    private FrameExamples(FrameDataset data, string folder, bool arePictures)
    {
        this.data = data;
        CacheFolder = Path.Combine(folder, ".tinysora");
        var what = arePictures ? $"{data.Count} images" : $"{data.Frames} frames of {data.Count} videos";
        var videos = arePictures ? ClipSource.Find(folder).Count : 0;
        Notes =
        [
            new DataNote($"Found {what} in '{folder}'.", IsWarning: false),
            .. Warning(videos > 0 ? $"The videos in '{folder}' are skipped because the folder also has images. Number of videos: {videos}." : null),
            .. Warning(data.Note),
            .. data.Skipped.SelectMany(skipped => Warning($"{skipped}")),
        ];
        Captions = new string?[Count];
    }

    public int Count => data.Frames;

    public string Fingerprint => data.Fingerprint;

    public int Skipped => data.Skipped.Count;

    public IReadOnlyList<DataNote> Notes { get; }

    public string? CacheFolder { get; }

    public IReadOnlyList<string?> Captions { get; }

    /// <summary>Opens the frames in a folder, and decodes new and changed files in parallel.</summary>
    /// <param name="folder">Folder to search recursively.</param>
    /// <exception cref="TinySoraException">The folder is missing, or has neither an image nor a video that can be decoded; FFmpegMissing.</exception>
    public static FrameExamples Open(string folder, FrameShape shape, IProgress<ItemProgress>? progress, CancellationToken cancellation)
    {
        var arePictures = HasPictures(folder);
        return new FrameExamples(
            arePictures ? FrameDataset.OpenPictures(folder, shape, progress, cancellation) : FrameDataset.OpenVideos(folder, shape, progress, cancellation),
            folder, arePictures);
    }

    /// <summary>Estimates the number of frames in a folder. For videos, it relies on the number that the file declares.</summary>
    /// <exception cref="TinySoraException">The folder is missing, or has neither an image nor a video that can be read; FFmpegMissing.</exception>
    public static int CountIn(string folder)
    {
        if (HasPictures(folder))
        {
            return ClipSource.Find(folder, ClipSource.StillExtensions).Count;
        }

        var videos = DatasetSummary.FromFolder(folder);
        return videos.Frames is ValueSummary frames
            ? (int)Math.Round(videos.Count * frames.Mean)
            : throw DataErrors.NoUsableClips(folder, videos.Unreadable.Count, videos.Unreadable[0].Reason);
    }

    public ClipBatch Get(ReadOnlySpan<SampledExample> visits, Device device) => data.GetFrames(SampledExample.Indices(visits), device);

    public void Dispose() => data.Dispose();

    private static DataNote[] Warning(string? text) => text is null ? [] : [new DataNote(text, IsWarning: true)];

    private static bool HasPictures(string folder) => Directory.Exists(folder)
        ? ClipSource.Find(folder, ClipSource.StillExtensions).Count > 0
        : throw DataErrors.FramesMissing(folder, ClipSource.StillExtensions);
}
