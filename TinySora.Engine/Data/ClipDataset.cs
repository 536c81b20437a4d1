using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Data;

/// <summary>
/// A folder of clips (NAME.gif, or a video, with its caption in NAME.txt), each decoded once for a size and kept in
/// <c>.tinysora/</c> beside the data. Clips that cannot be decoded are left out and listed.
/// </summary>
public sealed class ClipDataset : IDisposable
{
    private readonly ClipShape shape;
    private readonly ClipStore store;
    private readonly IReadOnlyList<StoredClip> clips;

    private ClipDataset(
        ClipShape shape, ClipStore store, IEnumerable<ClipSource> sources, IReadOnlyList<SkippedClip> skipped,
        string? note)
    {
        this.shape = shape;
        this.store = store;
        var good = sources.Where(s => store.Clips.ContainsKey(s.Name)).ToList();
        clips = [.. good.Select(s => store.Clips[s.Name])];
        Captions = [.. good.Select(s => CaptionFile.Read(s.Path))];
        Skipped = skipped;
        Note = note;
        Fingerprint = ComputeFingerprint();
    }

    /// <summary>Clips that can be trained on.</summary>
    public int Count => clips.Count;

    /// <summary>One per clip; null where there is no text file, or an empty one.</summary>
    public IReadOnlyList<string?> Captions { get; }

    public int WithoutCaption => Captions.Count(c => c is null);

    /// <summary>Clips that could not be decoded.</summary>
    public IReadOnlyList<SkippedClip> Skipped { get; }

    /// <summary>What the user should know, such as a folder that cannot hold the decoded clips; null: nothing.</summary>
    public string? Note { get; }

    /// <summary>SHA-256 over names, captions and decoded pixels: equal exactly if training sees the same data.</summary>
    public string Fingerprint { get; }

    /// <summary>Finds the clips of a folder and decodes, in parallel, those that are new or changed.</summary>
    /// <param name="folder">Searched recursively.</param>
    /// <param name="config">Says channels, frames and size.</param>
    /// <exception cref="TinySoraException">The folder is missing, holds no clip, or none that can be decoded; FFmpegMissing.</exception>
    public static ClipDataset Open(
        string folder, RunConfig config, IProgress<DataProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var sources = ClipSource.Find(folder);
        if (sources.Count == 0)
        {
            throw DataErrors.NoClips(folder, ClipSource.Extensions);
        }

        var shape = ClipShape.Of(config);
        var path = Path.Combine(folder, ".tinysora", $"clips-{shape.Size}x{shape.Size}x{shape.Frames}x{shape.Channels}.bin");
        var loader = new ClipLoader(shape, sources, progress, cancellationToken);
        string? note = null;
        ClipStore store;
        try
        {
            store = loader.Load(path, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            note = $"The decoded clips stay in memory and are decoded again next time: {path} cannot be written ({e.Message})";
            store = loader.Load(path, null);
        }

        if (store.Clips.Count == 0)
        {
            store.Dispose();
            throw DataErrors.NoUsableClips(folder, loader.Skipped);
        }

        return new ClipDataset(shape, store, sources, loader.Skipped, note);
    }

    /// <summary>The order in which an epoch visits the clips: a pure function, so that a resumed run needs no state.</summary>
    public static int[] Order(long seed, long epoch, int count) =>
        new SplitMix64(SplitMix64.Mix(seed, epoch)).Permutation(count);

    /// <summary>A micro-batch on <paramref name="device"/>; the caller disposes it.</summary>
    public Batch GetBatch(ReadOnlySpan<int> indices, Device device)
    {
        using var scope = NewDisposeScope();
        var bytes = empty([indices.Length, shape.Channels, shape.Frames, shape.Size, shape.Size], ScalarType.Byte);
        var target = bytes.bytes;
        var captions = new string?[indices.Length];
        var names = new string[indices.Length];
        for (var i = 0; i < indices.Length; i++)
        {
            var clip = clips[indices[i]];
            store.Pixels(clip.Slot).CopyTo(target[(i * shape.Length)..]);
            captions[i] = Captions[indices[i]];
            names[i] = clip.Name;
        }

        // Sent as bytes, a quarter of the traffic to a GPU.
        var values = bytes.to(device).to(ScalarType.Float32).div_(255);
        return new Batch(values.MoveToOuterDisposeScope(), captions, names);
    }

    public void Dispose() => store.Dispose();

    private string ComputeFingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < Count; i++)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{clips[i].Name}\0{Captions[i]}\0"));
            hash.AppendData(clips[i].Hash);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
