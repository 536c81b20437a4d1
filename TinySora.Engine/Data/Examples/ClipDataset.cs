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
/// A folder of clips (NAME.gif, or a video, with its caption in NAME.txt or its vector in NAME.npy), each decoded once for a size and kept in
/// <c>.tinysora/</c> beside the data. Batches are to be made on one thread. Clips that cannot be decoded are left out and listed.
/// </summary>
public sealed class ClipDataset : IDisposable
{
    private readonly ClipShape shape;
    private readonly ClipStore store;
    private readonly IReadOnlyList<StoredClip> clips;
    private Tensor? staging;

    /// <param name="perCaption">A clip with several captions is there once for each.</param>
    private ClipDataset(
        ClipShape shape, ClipStore store, IEnumerable<ClipSource> sources, bool perCaption, IReadOnlyDictionary<string, float[]?>? vectors,
        IReadOnlyList<SkippedClip> skipped, string cacheFolder, string? note)
    {
        this.shape = shape;
        this.store = store;
        var good = sources.Where(s => store.Clips.ContainsKey(s.Name)).ToList();
        var rows = good.Zip(CaptionsOf(good, perCaption)).SelectMany(c => c.Second, (c, caption) => (c.First.Name, Caption: caption)).ToList();
        clips = [.. rows.Select(r => store.Clips[r.Name])];
        Captions = [.. rows.Select(r => r.Caption)];
        Vectors = vectors is null ? null : [.. rows.Select(r => vectors[r.Name])];
        Skipped = skipped;
        CacheFolder = cacheFolder;
        Note = note;
        Fingerprint = ComputeFingerprint();
    }

    /// <summary>Clips that can be trained on; one with several captions counts once for each, but is kept once.</summary>
    public int Count => clips.Count;

    /// <summary>One caption per clip; null where there is no text file, or an empty one.</summary>
    public IReadOnlyList<string?> Captions { get; }

    public int WithoutCaption => Captions.Count(c => c is null);

    /// <summary>The names of clips without a caption, below the folder.</summary>
    internal IEnumerable<string> NamesWithoutCaption => clips.Zip(Captions).Where(row => row.Second is null).Select(row => row.First.Name);

    /// <summary>One vector per clip, null where there is no file; null as a whole for a model that is not conditioned on vectors.</summary>
    public IReadOnlyList<float[]?>? Vectors { get; }

    /// <summary>Clips that could not be decoded, or have not the length that is asked for, and files that look like videos and are not read.</summary>
    public IReadOnlyList<SkippedClip> Skipped { get; }

    /// <summary>What the user should know, such as a folder that cannot hold the decoded clips; null: nothing.</summary>
    public string? Note { get; }

    /// <summary>The folder for data made from these clips that is kept for the next time.</summary>
    public string CacheFolder { get; }

    /// <summary>SHA-256 over names, captions, vectors and decoded pixels: equal exactly if training sees the same data.</summary>
    public string Fingerprint { get; }

    /// <summary>Finds the clips of a folder and decodes, in parallel, those that are new or changed.</summary>
    /// <param name="folder">Searched recursively.</param>
    /// <exception cref="TinySoraException">
    /// The folder is missing, holds no clip, none that can be decoded, or not the vectors that the model needs; FFmpegMissing.
    /// </exception>
    public static ClipDataset Open(
        string folder, ClipNeeds needs, IProgress<ItemProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var sources = ClipSource.Require(folder, cancellationToken);
        var vectors = needs.VectorWidth is int width ? ReadVectors(folder, sources, width) : null;
        var shape = needs.Shape;
        var size = $"{shape.Height}x{shape.Width}x{shape.Frames}x{shape.Channels}";
        var name = $"clips-{size}{LengthSuffix(shape)}{(shape.IsPlain ? "-as-published" : "")}.bin"; // stores of other bytes are other files
        var loader = new ClipLoader(shape.Stored, shape.Read, sources, progress, cancellationToken);
        var store = loader.Load(folder, name, out var note);
        return OnFailure.Dispose(store, () =>
        {
            SkippedClip[] skipped = [.. loader.Skipped, .. UnreadVideos.Find(folder, cancellationToken)];
            return new ClipDataset(shape, store, sources, needs.TakesText, vectors, skipped, Path.Combine(folder, ".tinysora"), note);
        });
    }

    /// <summary>How many clips a folder seems to hold; none is decoded.</summary>
    /// <exception cref="TinySoraException">The folder is missing or holds no clip.</exception>
    public static int CountIn(string folder, ClipNeeds needs) =>
        ClipSource.Require(folder).Sum(source => CaptionsOf(source, needs.TakesText).Length);

    /// <summary>A micro-batch on <paramref name="device"/>; the caller disposes it.</summary>
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

        // Sent as bytes, a quarter of the traffic to a GPU.
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

    /// <summary>Where a batch is put together: (B, C, F, H, W) bytes, the same ones for every batch of a size.</summary>
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

    /// <summary>Copies a clip's frames, and fills up with black where it is shorter.</summary>
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

    /// <summary>
    /// The ending of a store's name that tells the rule for lengths, since stores that leave different clips out are different files.
    /// </summary>
    private static string LengthSuffix(ClipShape shape) => shape.LengthRule switch
    {
        LengthRule.Refuse => "-whole",
        LengthRule.DropShort => "-long",
        LengthRule.Keep => "-kept",
        _ => "",
    };

    /// <summary>Before anything is decoded, since a wrong file stops the run.</summary>
    private static Dictionary<string, float[]?> ReadVectors(string folder, IReadOnlyList<ClipSource> sources, int width)
    {
        var vectors = sources.ToDictionary(source => source.Name, source => VectorFile.Read(source.Path, width));
        return vectors.Values.Any(vector => vector is not null) ? vectors : throw DataErrors.NoVectors(folder, width);
    }

    /// <summary>The captions of a clip: at least one, which is null where there is none.</summary>
    private static string?[] CaptionsOf(ClipSource source, bool all)
    {
        var captions = CaptionFile.Require(source.Path).Captions.DefaultIfEmpty<string?>(null);
        return [.. all ? captions : captions.Take(1)];
    }

    private static string?[][] CaptionsOf(List<ClipSource> clips, bool all)
    {
        // Opening that many small files is most of the work of a start at which nothing is decoded.
        var captions = new string?[clips.Count][];
        ClipLoader.ForEach(Enumerable.Range(0, clips.Count), i => captions[i] = CaptionsOf(clips[i], all), CancellationToken.None);
        return captions;
    }

    private string ComputeFingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < Count; i++)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{clips[i].Name}\0{Captions[i]}\0"));
            hash.AppendData(MemoryMarshal.AsBytes<float>(Vectors?[i]));
            hash.AppendData(clips[i].Hash);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
