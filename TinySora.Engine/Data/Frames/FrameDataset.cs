using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Store;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Data.Frames;

/// <summary>
/// A folder of images, or of videos of any length, as used by Latte and its frame autoencoder. Every frame is decoded once and cached in <c>.tinysora/</c>
/// in the folder. Files that cannot be decoded are skipped and listed.
/// </summary>
public sealed class FrameDataset : IDisposable
{
    private const string Videos = "videos";

    private readonly FrameShape shape;
    private readonly ClipStore store;
    private readonly StoredClip[] items;

    /// <summary>Index of the first frame of each item in the sequence of all frames, followed by the total number of frames.</summary>
    private readonly int[] starts;

    private FrameDataset(FrameShape shape, ClipStore store, StoredClip[] items, IReadOnlyList<SkippedClip> skipped, string? note)
    {
        (this.shape, this.store, this.items, Skipped, Note) = (shape, store, items, skipped, note);
        starts = new int[items.Length + 1];
        for (var i = 0; i < items.Length; i++)
        {
            starts[i + 1] = checked(starts[i] + items[i].Slots);
        }
    }

    /// <summary>Number of images or videos to train on, in ordinal order of their names.</summary>
    public int Count => items.Length;

    /// <summary>Total number of frames in all videos.</summary>
    public int Frames => starts[^1];

    /// <summary>SHA-256 of names and decoded pixels. Two datasets have the same hash if and only if training sees the same data.</summary>
    public string Fingerprint => StoredClip.FingerprintOf(items);

    /// <summary>Files that could not be decoded.</summary>
    public IReadOnlyList<SkippedClip> Skipped { get; }

    /// <summary>A warning for the user, for example that the folder cannot store the decoded frames; <c>null</c> if there is none.</summary>
    public string? Note { get; }

    /// <summary>Returns the number of frames in a video; 1 for an image.</summary>
    public int Length(int index) => items[index].Slots;

    /// <summary>Finds the images in a folder, and decodes new and changed images in parallel.</summary>
    /// <param name="folder">Folder to search recursively.</param>
    /// <exception cref="TinySoraException">The folder is missing, or has no images that can be decoded.</exception>
    public static FrameDataset OpenPictures(
        string folder, FrameShape shape, IProgress<ItemProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var sources = ClipSource.Find(folder, ClipSource.StillExtensions, cancellationToken);
        return sources.Count > 0
            ? Open(folder, "pictures", sources, shape, progress, cancellationToken)
            : throw DataErrors.NoPictures(folder, ClipSource.StillExtensions);
    }

    /// <summary>Finds the videos and GIFs in a folder, and decodes new and changed files in parallel.</summary>
    /// <param name="folder">Folder to search recursively.</param>
    /// <exception cref="TinySoraException">The folder is missing, or has no videos that can be decoded; FFmpegMissing.</exception>
    public static FrameDataset OpenVideos(
        string folder, FrameShape shape, IProgress<ItemProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Open(folder, Videos, ClipSource.Require(folder, cancellationToken), shape, progress, cancellationToken);

    /// <summary>Creates a micro-batch of single frames on <paramref name="device"/>, (B, C, 1, H, W) in [0, 1]; the caller disposes it.</summary>
    /// <param name="frames">Frame indices across all items, below <see cref="Frames"/>.</param>
    public ClipBatch GetFrames(ReadOnlySpan<int> frames, Device device)
    {
        using var scope = NewDisposeScope();
        var bytes = empty([frames.Length, 1, shape.Channels, shape.Height, shape.Width], ScalarType.Byte);
        var target = bytes.bytes;
        var names = new string[frames.Length];
        for (var i = 0; i < frames.Length; i++)
        {
            var found = Array.BinarySearch(starts, frames[i]);
            var item = found >= 0 ? found : ~found - 1;
            var frame = frames[i] - starts[item];
            names[i] = items[item].Slots == 1 ? items[item].Name : FormattableString.Invariant($"{items[item].Name}, frame {frame}");
            Copy(items[item], frame, target, i);
        }

        var values = bytes.to(device).to(ScalarType.Float32).div_(255).permute(0, 2, 1, 3, 4); // (B, C, 1, H, W)
        return new ClipBatch(values.MoveToOuterDisposeScope(), new string?[names.Length], names);
    }

    public void Dispose() => store.Dispose();

    private static FrameDataset Open(
        string folder, string what, IReadOnlyList<ClipSource> sources, FrameShape shape,
        IProgress<ItemProgress>? progress, CancellationToken cancellationToken)
    {
        var name = $"{what}-{shape.Height}x{shape.Width}x{shape.Channels}{(shape.CropsSquare ? "-square" : "")}"
            + (what == Videos ? "-as-published.bin" : ".bin"); // earlier builds used the old name for differently decoded frames
        var loader = new ClipLoader(shape.Slot.Stored, shape.Read, sources, progress, cancellationToken);
        var store = loader.Load(folder, name, out var note);
        StoredClip[] items = [.. sources.Select(s => store.Clips.GetValueOrDefault(s.Name)).OfType<StoredClip>()];
        return new FrameDataset(shape, store, items, loader.Skipped, note);
    }

    private void Copy(StoredClip video, int frame, Span<byte> target, int place)
    {
        var length = shape.Slot.Length;
        store.Read(video, frame * length, target.Slice(place * length, length));
    }
}
