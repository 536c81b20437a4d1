using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Store;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>
/// Latents of the clips in a folder. Each clip is encoded once, independently of the others, and cached in the folder's <c>.tinysora/</c> subfolder by model
/// hash, shape and kind. Clips encoded before an interruption are kept.
/// </summary>
public sealed class LatentFolder : IDisposable
{
    private readonly ClipStore store;
    private readonly IReadOnlyList<StoredClip> clips;
    private readonly ScalarType type;
    private readonly bool hasAllFrames;

    private LatentFolder(
        ClipStore store, IReadOnlyList<StoredClip> clips, LatentKind kind, long[] shape, bool hasAllFrames, IReadOnlyList<SkippedClip> skipped, string? note) =>
        (this.store, this.clips, type, Shape, this.hasAllFrames, Skipped, Note, Names) =
        (store, clips, TypeOf(kind), shape, hasAllFrames, skipped, note, [.. clips.Select(clip => clip.Name)]);

    public int Count => clips.Count;

    /// <summary>Paths of the clips relative to the folder, in ordinal order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>SHA-256 hash over names and encodings, which is equal if and only if the latents are equal.</summary>
    public string Fingerprint => StoredClip.FingerprintOf(clips);

    /// <summary>Shape of a result of <see cref="Read"/>, without the first axis; the shape of one frame if clips keep all their frames.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Clips that could not be encoded.</summary>
    public IReadOnlyList<SkippedClip> Skipped { get; }

    /// <summary>A warning for the user, for example that the folder cannot store the latents; <c>null</c> if there is none.</summary>
    public string? Note { get; }

    /// <summary>Finds the clips in a folder, and encodes new and changed clips.</summary>
    /// <param name="folder">Folder to search recursively.</param>
    /// <param name="shape">Shape of the clips. Only a single-frame model, which stores each frame separately, can keep all frames.</param>
    /// <param name="filter">Selects the videos to encode; <c>null</c> for all.</param>
    /// <param name="mayBeEmpty">Whether to return an empty result instead of failing if no clip can be encoded.</param>
    /// <exception cref="TinySoraException">The folder is missing or has no clips; NoUsableClips; NothingSelected; FFmpegMissing.</exception>
    public static LatentFolder Open(
        CodecModel model, string folder, LatentKind kind, ClipShape shape, IProgress<ItemProgress>? progress = null,
        VideoFilter? filter = null, bool mayBeEmpty = false, CancellationToken cancellation = default)
    {
        var sources = ClipReader.Find(folder, filter);
        var latent = ShapeOf(model, kind, shape);
        var elementSize = kind == LatentKind.Tokens ? sizeof(int) : sizeof(float);
        var frames = shape.Frames == ClipReader.AllFrames ? "all" : $"{shape.Frames}";
        var name = $"{kind.ToString().ToLowerInvariant()}-{model.Id}-{shape.Height}x{shape.Width}x{frames}x{shape.Channels}{FitOf(shape)}.bin";
        var decoded = shape.IsAsPublished || shape.CropsSquare is not null ? ", decoded as published" : "";
        var slot = new StoreSlot($"{name} of {model.Hash}{decoded}", checked((int)latent.Aggregate((long)elementSize, (product, size) => product * size)));
        var loader = new ClipLoader(
            slot, (path, stop) => ClipReader.Read(path, shape, model.Codec.Stride.Frames, stop).Pixels, sources, progress, cancellation) { Convert = Encode };
        var store = loader.Load(folder, name, out var note, mayBeEmpty);
        var clips = sources.Select(source => store.Clips.GetValueOrDefault(source.Name)).OfType<StoredClip>().ToList();
        return new LatentFolder(store, clips, kind, latent, shape.Frames == ClipReader.AllFrames,
            [.. loader.Skipped, .. ClipReader.FindUnread(folder, filter, cancellation)], note);

        byte[] Encode(byte[] pixels) => EngineThread.Run(() =>
        {
            using var scope = NewDisposeScope();
            var made = model.Make(kind, ClipReader.ToTensor(pixels, shape, model.Device)).to(TypeOf(kind));
            return (shape.Frames == ClipReader.AllFrames ? ByFrames(made[0]) : made).cpu().contiguous().bytes.ToArray();
        });
    }

    /// <summary>Reads a clip's latents (1, ...) on the CPU, as float32, or as int64 for tokens. The caller must dispose the tensor.</summary>
    public Tensor Read(int index)
    {
        using var scope = NewDisposeScope();
        var values = empty([clips[index].Slots, .. Shape], type);
        store.Read(clips[index], 0, values.bytes);
        values = hasAllFrames ? ByFrames(values).unsqueeze(0) : values;
        return (type == ScalarType.Int32 ? values.to(ScalarType.Int64) : values).MoveToOuterDisposeScope();
    }

    public void Dispose() => store.Dispose();

    /// <summary>Returns the part of a file name that identifies the scaling method.</summary>
    internal static string FitOf(ClipShape shape) => shape.CropsSquare switch
    {
        true => "-square",
        false => "-stretched",
        _ => "",
    };

    private static long[] ShapeOf(CodecModel model, LatentKind kind, ClipShape shape)
    {
        var stride = model.Codec.Stride;
        long[] channels = kind == LatentKind.Tokens ? [] : [model.Codec.Channels * (kind == LatentKind.Moments ? 2 : 1)];
        long[] frames = shape.Frames == ClipReader.AllFrames ? [] : [shape.Frames / stride.Frames];
        return [.. channels, .. frames, shape.Height / stride.Height, shape.Width / stride.Width];
    }

    /// <summary>Swaps (C, t, h, w) and (t, C, h, w); leaves tokens (t, h, w) unchanged.</summary>
    private static Tensor ByFrames(Tensor video) => video.ndim == 4 ? video.transpose(0, 1) : video;

    private static ScalarType TypeOf(LatentKind kind) => kind == LatentKind.Tokens ? ScalarType.Int32 : ScalarType.Float32;
}
