using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Store;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Data.Examples;

/// <summary>
/// A folder of clips. A clip is NAME.gif or a video, with its caption in NAME.txt or its vector in NAME.npy. Each clip is decoded once per size and cached
/// in <c>.tinysora/</c> in the folder. Clips that cannot be decoded are skipped and listed. Create batches on one thread only.
/// </summary>
public sealed class ClipDataset : IDisposable
{
    private readonly ClipShape shape;
    private readonly ClipStore store;
    private readonly IReadOnlyList<StoredClip> clips;
    private Tensor? staging;

    private ClipDataset(
        ClipShape shape, ClipStore store, IEnumerable<ClipSource> sources, ClipRequirements needs, IReadOnlyDictionary<string, float[]?>? vectors,
        IReadOnlyList<SkippedClip> skipped, string cacheFolder, string? note)
    {
        this.shape = shape;
        this.store = store;
        var good = sources.Where(s => store.Clips.ContainsKey(s.Name)).ToList();
        var rows = good.Zip(CaptionsOf(good, needs)).SelectMany(c => c.Second, (c, captions) => (c.First.Name, Captions: captions)).ToList();
        clips = [.. rows.Select(r => store.Clips[r.Name])];
        CaptionLists = [.. rows.Select(r => r.Captions)];
        Captions = [.. CaptionLists.Select(captions => captions[0])];
        Vectors = vectors is null ? null : [.. rows.Select(r => vectors[r.Name])];
        Skipped = skipped;
        CacheFolder = cacheFolder;
        Note = note;
        Fingerprint = ComputeFingerprint();
    }

    /// <summary>Number of examples. A clip with several captions counts once per caption unless they are drawn, and is stored only once.</summary>
    public int Count => clips.Count;

    /// <summary>First caption of each example, or <c>null</c> for a clip whose text file is missing or empty.</summary>
    public IReadOnlyList<string?> Captions { get; }

    /// <inheritdoc cref="IExamples.CaptionLists"/>
    public IReadOnlyList<IReadOnlyList<string?>> CaptionLists { get; }

    /// <summary>Names of the clips of all examples, relative to the folder.</summary>
    internal IEnumerable<string> Names => clips.Select(clip => clip.Name);

    public int WithoutCaption => Captions.Count(c => c is null);

    /// <summary>Names of clips without a caption, relative to the folder.</summary>
    internal IEnumerable<string> NamesWithoutCaption => clips.Zip(Captions).Where(row => row.Second is null).Select(row => row.First.Name);

    /// <summary>
    /// One vector per clip, or <c>null</c> for a clip whose file is missing. The list is <c>null</c> if the model is not conditioned on vectors.
    /// </summary>
    public IReadOnlyList<float[]?>? Vectors { get; }

    /// <summary>Clips that cannot be decoded or have the wrong length, and files that look like videos but are not read.</summary>
    public IReadOnlyList<SkippedClip> Skipped { get; }

    /// <summary>A warning for the user, for example that the folder cannot store the decoded clips; <c>null</c> if there is none.</summary>
    public string? Note { get; }

    /// <summary>Folder for cached data derived from these clips.</summary>
    public string CacheFolder { get; }

    /// <summary>SHA-256 of names, captions, vectors and decoded pixels. Two datasets have the same hash if and only if training sees the same data.</summary>
    public string Fingerprint { get; }

    /// <summary>Finds the clips in a folder, and decodes new and changed clips in parallel.</summary>
    /// <param name="folder">Folder to search recursively.</param>
    /// <exception cref="TinySoraException">
    /// The folder is missing, has no clips that can be decoded, or lacks the vectors that the model needs; FFmpegMissing.
    /// </exception>
    public static ClipDataset Open(
        string folder, ClipRequirements needs, IProgress<ItemProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var sources = ClipSource.Require(folder, cancellationToken);
        var vectors = needs.VectorWidth is int width ? ReadVectors(folder, sources, width) : null;
        var shape = needs.Shape;
        var size = $"{shape.Height}x{shape.Width}x{shape.Frames}x{shape.Channels}";
        var name = $"clips-{size}{LengthSuffix(shape)}{(shape.IsAsPublished ? "-as-published" : "")}.bin"; // different formats get different files
        var loader = new ClipLoader(shape.Stored, shape.Read, sources, progress, cancellationToken);
        var store = loader.Load(folder, name, out var note);
        return OnFailure.Dispose(store, () =>
        {
            SkippedClip[] skipped = [.. loader.Skipped, .. UnsupportedVideos.Find(folder, cancellationToken)];
            return new ClipDataset(shape, store, sources, needs, vectors, skipped, Path.Combine(folder, ".tinysora"), note);
        });
    }

    /// <summary>Estimates the number of clips in a folder without decoding them.</summary>
    /// <exception cref="TinySoraException">The folder is missing or has no clips.</exception>
    public static int CountIn(string folder, ClipRequirements needs) =>
        ClipSource.Require(folder).Sum(source => CaptionsOf(source, needs).Length);

    /// <summary>Creates a micro-batch on <paramref name="device"/>; the caller disposes it.</summary>
    public ClipBatch GetBatch(ReadOnlySpan<int> indices, Device device)
    {
        using var scope = NewDisposeScope();
        var lengths = Array.ConvertAll(indices.ToArray(), index => FramesOf(clips[index]));
        var frames = lengths.Max();
        var length = shape.Length / shape.Frames * frames;
        var bytes = Staging(indices.Length, frames);
        var target = bytes.bytes;
        for (var i = 0; i < indices.Length; i++)
        {
            Copy(clips[indices[i]], target[(i * length)..], frames);
        }

        // Transfer bytes to the GPU, because they are a quarter of the size of float32 values.
        var values = bytes.to(device).to(ScalarType.Float32).div_(255);
        var rows = indices.ToArray();
        return new ClipBatch(values.MoveToOuterDisposeScope(), Array.ConvertAll(rows, i => Captions[i]), Array.ConvertAll(rows, i => clips[i].Name))
        {
            Vectors = Vectors is { } all ? Array.ConvertAll(rows, i => all[i]) : null, Lengths = lengths.All(own => own == frames) ? null : lengths,
        };
    }

    public void Dispose()
    {
        staging?.Dispose();
        staging = null;
        store.Dispose();
    }

    /// <summary>Returns the buffer in which a batch is assembled, (B, C, F, H, W) bytes. It is reused for all batches of the same size.</summary>
    private Tensor Staging(int count, int frames)
    {
        if (staging is null || staging.size(0) != count || staging.size(2) != frames)
        {
            staging?.Dispose();
            staging = empty([count, shape.Channels, frames, shape.Height, shape.Width], ScalarType.Byte).DetachFromDisposeScope();
        }

        return staging;
    }

    private int FramesOf(StoredClip clip) => shape.LengthRule == LengthRule.Keep ? clip.Slots : shape.Frames;

    /// <summary>Copies a clip's frames, and pads shorter clips with black.</summary>
    private void Copy(StoredClip clip, Span<byte> target, int frames)
    {
        var plane = shape.Height * shape.Width;
        var own = FramesOf(clip) * plane;
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var place = target.Slice(channel * frames * plane, frames * plane);
            store.Read(clip, channel * own, place[..own]);
            place[own..].Clear();
        }
    }

    /// <summary>Returns the suffix that the length rule adds to the name of a store, because rules that skip different clips need different files.</summary>
    private static string LengthSuffix(ClipShape shape) => shape.LengthRule switch
    {
        LengthRule.Refuse => "-whole",
        LengthRule.DropShort => "-long",
        LengthRule.Keep => "-kept",
        _ => "",
    };

    /// <summary>Reads all vectors before any clip is decoded, because an invalid file stops the run.</summary>
    private static Dictionary<string, float[]?> ReadVectors(string folder, IReadOnlyList<ClipSource> sources, int width)
    {
        var vectors = sources.ToDictionary(source => source.Name, source => VectorFile.Read(source.Path, width));
        return vectors.Values.Any(vector => vector is not null) ? vectors : throw DataErrors.NoVectors(folder, width);
    }

    /// <summary>Reads the captions of each example that a clip provides. An example without a caption has the caption <c>null</c>.</summary>
    private static string?[][] CaptionsOf(ClipSource source, ClipRequirements needs)
    {
        string?[] captions = [.. CaptionFile.Require(source.Path).Captions.DefaultIfEmpty<string?>(null)];
        return !needs.TakesText ? [captions[..1]]
            : needs.Captions.IsDrawn ? [captions]
            : Array.ConvertAll(captions, caption => (string?[])[caption]);
    }

    private static string?[][][] CaptionsOf(List<ClipSource> clips, ClipRequirements needs)
    {
        // Read in parallel: if no clip needs decoding, opening many small files takes most of the startup time.
        var captions = new string?[clips.Count][][];
        ClipLoader.ForEach(Enumerable.Range(0, clips.Count), i => captions[i] = CaptionsOf(clips[i], needs), CancellationToken.None);
        return captions;
    }

    private string ComputeFingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < Count; i++)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{clips[i].Name}\0{string.Join('\0', CaptionLists[i])}\0"));
            hash.AppendData(MemoryMarshal.AsBytes<float>(Vectors?[i]));
            hash.AppendData(clips[i].Hash);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
