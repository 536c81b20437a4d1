using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Store;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>
/// The latents of a folder of clips, each encoded once and by itself, so that it does not depend on its neighbours, and kept in
/// <c>.tinysora/</c> beside the clips under the hash of the model, the shape and the kind. What an interrupted run has encoded is kept.
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

    /// <summary>The paths of the clips below the folder, in ordinal order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>SHA-256 over names and what was made of them: equal exactly if the latents are the same.</summary>
    public string Fingerprint => StoredClip.FingerprintOf(clips);

    /// <summary>The shape of what <see cref="Read"/> gives, without its first axis; that of one frame where clips keep all their frames.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The clips that could not be encoded.</summary>
    public IReadOnlyList<SkippedClip> Skipped { get; }

    /// <summary>What the user should know, such as a folder that cannot hold the latents; null: nothing.</summary>
    public string? Note { get; }

    /// <summary>Finds the clips of a folder and encodes those that are new or changed.</summary>
    /// <param name="folder">Searched recursively.</param>
    /// <param name="shape">Of the clips; all frames only of a model of single ones, of whose frames each is kept by itself.</param>
    /// <param name="films">Which of them; null: all.</param>
    /// <param name="mayBeEmpty">It is no error if none can be encoded.</param>
    /// <exception cref="TinySoraException">The folder is missing or holds no clip; NoUsableClips; NothingSelected; FFmpegMissing.</exception>
    public static LatentFolder Open(
        CodecModel model, string folder, LatentKind kind, ClipShape shape, IProgress<ItemProgress>? progress = null,
        FilmChoice? films = null, bool mayBeEmpty = false, CancellationToken cancellation = default)
    {
        var sources = ClipReader.Find(folder, films);
        var latent = ShapeOf(model, kind, shape);
        var elementSize = kind == LatentKind.Tokens ? sizeof(int) : sizeof(float);
        var frames = shape.Frames == ClipReader.AllFrames ? "all" : $"{shape.Frames}";
        var name = $"{kind.ToString().ToLowerInvariant()}-{model.Id}-{shape.Height}x{shape.Width}x{frames}x{shape.Channels}{FitOf(shape)}.bin";
        var decoded = shape.IsPlain || shape.CropsSquare is not null ? ", decoded as published" : "";
        var slot = new StoreSlot($"{name} of {model.Hash}{decoded}", checked((int)latent.Aggregate((long)elementSize, (product, size) => product * size)));
        var loader = new ClipLoader(
            slot, (path, stop) => ClipReader.Read(path, shape, model.Codec.Stride.Frames, stop).Pixels, sources, progress, cancellation) { Convert = Encode };
        var store = loader.Load(folder, name, out var note, mayBeEmpty);
        var clips = sources.Select(source => store.Clips.GetValueOrDefault(source.Name)).OfType<StoredClip>().ToList();
        return new LatentFolder(store, clips, kind, latent, shape.Frames == ClipReader.AllFrames,
            [.. loader.Skipped, .. ClipReader.FindUnread(folder, films, cancellation)], note);

        byte[] Encode(byte[] pixels) => EngineThread.Run(() =>
        {
            using var scope = NewDisposeScope();
            var made = model.Make(kind, ClipReader.ToTensor(pixels, shape, model.Device)).to(TypeOf(kind));
            return (shape.Frames == ClipReader.AllFrames ? ByFrames(made[0]) : made).cpu().contiguous().bytes.ToArray();
        });
    }

    /// <summary>A clip's latents (1, ...) on the CPU, float32; int64 for tokens. The caller disposes them.</summary>
    public Tensor Read(int index)
    {
        using var scope = NewDisposeScope();
        var values = empty([clips[index].Slots, .. Shape], type);
        store.Read(clips[index], 0, values.bytes);
        values = hasAllFrames ? ByFrames(values).unsqueeze(0) : values;
        return (type == ScalarType.Int32 ? values.to(ScalarType.Int64) : values).MoveToOuterDisposeScope();
    }

    public void Dispose() => store.Dispose();

    /// <summary>How frames were brought to their size, as names of files say it.</summary>
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

    /// <summary>(C, t, h, w) as (t, C, h, w), and back; tokens (t, h, w) as they are.</summary>
    private static Tensor ByFrames(Tensor film) => film.ndim == 4 ? film.transpose(0, 1) : film;

    private static ScalarType TypeOf(LatentKind kind) => kind == LatentKind.Tokens ? ScalarType.Int32 : ScalarType.Float32;
}
