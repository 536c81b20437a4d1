using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Store;
using TinySora.Engine.Data.Views;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Data.Frames;

/// <summary>
/// Single frames to train on, as used by Latte and its frame autoencoder: the images of a folder, or every frame of its videos and GIFs if it has no images.
/// Every frame is decoded once and cached in <c>.tinysora/</c> in the folder. Files that cannot be decoded are skipped.
/// </summary>
public sealed class FrameExamples : IExamples<ClipBatch>
{
    private readonly string folder;
    private readonly FrameShape shape;
    private readonly ClipStore store;

    /// <summary>Images or videos, in ordinal order of their names.</summary>
    private readonly StoredClip[] items;

    /// <summary>Index of the first frame of each item in the sequence of all frames, followed by the total number of frames.</summary>
    private readonly int[] starts;

    private FrameExamples(string folder, FrameShape shape, ClipStore store, StoredClip[] items)
    {
        (this.folder, this.shape, this.store, this.items) = (folder, shape, store, items);
        starts = new int[items.Length + 1];
        for (var i = 0; i < items.Length; i++)
        {
            starts[i + 1] = checked(starts[i] + items[i].Slots);
        }

        Captions = new string?[Count];
    }

    public int Count => starts[^1];

    public string Fingerprint => StoredClip.FingerprintOf(items);

    public required int Skipped { get; init; }

    public required IReadOnlyList<DataNote> Notes { get; init; }

    public string? CacheFolder => Path.Combine(folder, ".tinysora");

    public IReadOnlyList<string?> Captions { get; }

    public IReadOnlyList<object>? SourceVideos =>
        [.. CutClips.FindSources(folder, items.Select(item => item.Name)).Zip(items).SelectMany(pair => Enumerable.Repeat(pair.First, pair.Second.Slots))];

    /// <summary>Opens the frames in a folder, and decodes new and changed files in parallel.</summary>
    /// <param name="folder">Folder to search recursively.</param>
    /// <exception cref="TinySoraException">The folder is missing, or has neither an image nor a video that can be decoded; FFmpegMissing.</exception>
    public static FrameExamples Open(string folder, FrameShape shape, IProgress<ItemProgress>? progress, CancellationToken cancellation)
    {
        var arePictures = HasPictures(folder);
        var sources = arePictures ? ClipSource.Find(folder, ClipSource.StillExtensions, cancellation) : ClipSource.Require(folder, cancellation);
        var videos = arePictures ? ClipSource.Find(folder, cancellation).Count : 0;
        var loader = new ClipLoader(shape.Slot.Stored, shape.Read, sources, progress, cancellation);
        // Earlier builds used the name without "as-published" for videos that were decoded in another way.
        var name = $"{(arePictures ? "pictures" : "videos")}-{shape.Height}x{shape.Width}x{shape.Channels}{(shape.CropsSquare ? "-square" : "")}"
            + (arePictures ? ".bin" : "-as-published.bin");
        var store = loader.Load(folder, name, out var note);
        return OnFailure.Dispose(store, () =>
        {
            StoredClip[] items = [.. sources.Select(s => store.Clips.GetValueOrDefault(s.Name)).OfType<StoredClip>()];
            var what = arePictures ? $"{items.Length} images" : $"{items.Sum(item => item.Slots)} frames of {items.Length} videos";
            return new FrameExamples(folder, shape, store, items)
            {
                Skipped = loader.Skipped.Count,
                Notes =
                [
                    new DataNote($"Found {what} in '{folder}'.", IsWarning: false),
                    .. Warning(videos > 0 ? $"The videos in '{folder}' are skipped because the folder also has images. Number of videos: {videos}." : null),
                    .. Warning(note),
                    .. loader.Skipped.SelectMany(skipped => Warning($"{skipped}")),
                ],
            };
        });
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

    /// <summary>Creates a micro-batch of single frames on <paramref name="device"/>, (B, C, 1, H, W) in [0, 1]; the caller disposes it.</summary>
    public ClipBatch Get(ReadOnlySpan<SampledExample> visits, Device device)
    {
        using var scope = NewDisposeScope();
        var frames = SampledExample.Indices(visits);
        var bytes = empty([frames.Length, 1, shape.Channels, shape.Height, shape.Width], ScalarType.Byte);
        var target = bytes.bytes;
        var length = shape.Slot.Length;
        var names = new string[frames.Length];
        for (var i = 0; i < frames.Length; i++)
        {
            var found = Array.BinarySearch(starts, frames[i]);
            var item = found >= 0 ? found : ~found - 1;
            var frame = frames[i] - starts[item];
            names[i] = items[item].Slots == 1 ? items[item].Name : FormattableString.Invariant($"{items[item].Name}, frame {frame}");
            store.Read(items[item], frame * length, target.Slice(i * length, length));
        }

        var values = bytes.to(device).to(ScalarType.Float32).div_(255).permute(0, 2, 1, 3, 4); // (B, C, 1, H, W)
        return new ClipBatch(values.MoveToOuterDisposeScope(), new string?[names.Length], names);
    }

    public void Dispose() => store.Dispose();

    private static DataNote[] Warning(string? text) => text is null ? [] : [new DataNote(text, IsWarning: true)];

    private static bool HasPictures(string folder) => Directory.Exists(folder)
        ? ClipSource.Find(folder, ClipSource.StillExtensions).Count > 0
        : throw DataErrors.FramesMissing(folder, ClipSource.StillExtensions);
}
