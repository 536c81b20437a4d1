using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using System.Text;

namespace TinySora.Engine.Data;

/// <summary>A decoded clip in the store.</summary>
/// <param name="Name">, Length and Modified: the source it was decoded from, as it was then.</param>
/// <param name="Hash">SHA-256 of the pixels.</param>
/// <param name="Slots">How many shapes long it is: 1, or of a video kept frame by frame its frames.</param>
internal sealed record StoredClip(string Name, long Length, long Modified, byte[] Hash, int Slot, int Slots);

/// <summary>
/// Decoded clips of one shape, or of several shapes in a row, memory-mapped or in memory. The file is a header of 128 bytes
/// (magic, version, shape, place and hash of the index), the pixels of each clip as (C, F, H, W) bytes, and the index.
/// </summary>
internal sealed unsafe class ClipStore : IDisposable
{
    /// <summary>To be raised when clips are preprocessed differently: every older store is then made anew.</summary>
    public const int Version = 2;

    public const int HeaderLength = 128;

    public static readonly byte[] Magic = Encoding.ASCII.GetBytes("TSCLIPS\n");

    private readonly ClipShape shape;
    private readonly IReadOnlyDictionary<int, byte[]>? memory;
    private readonly MemoryMappedFile? file;
    private readonly MemoryMappedViewAccessor? view;
    private byte* start;

    /// <summary>A store in memory.</summary>
    /// <param name="memory">The pixels of the clip that begins in a slot.</param>
    public ClipStore(ClipShape shape, IEnumerable<StoredClip> clips, IReadOnlyDictionary<int, byte[]> memory)
    {
        this.shape = shape;
        this.memory = memory;
        Clips = clips.ToDictionary(c => c.Name, StringComparer.Ordinal);
    }

    private ClipStore(ClipShape shape, IEnumerable<StoredClip> clips, MemoryMappedFile file)
    {
        this.shape = shape;
        this.file = file;
        view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Clips = clips.ToDictionary(c => c.Name, StringComparer.Ordinal);
    }

    public IReadOnlyDictionary<string, StoredClip> Clips { get; }

    /// <summary>The store in a file; null when there is none, or one of another shape or version, or a damaged one.</summary>
    public static ClipStore? TryOpen(string path, ClipShape shape)
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            using var stream = File.OpenRead(path);
            if (ReadIndex(stream, shape) is not { } clips)
            {
                return null;
            }

            return new ClipStore(shape, clips, MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The (C, F, H, W) bytes of a clip, as often as it has slots.</summary>
    public ReadOnlySpan<byte> Pixels(StoredClip clip)
    {
        if (memory is not null)
        {
            return memory[clip.Slot];
        }

        ObjectDisposedException.ThrowIf(start == null, this);
        return new ReadOnlySpan<byte>(start + HeaderLength + ((long)clip.Slot * shape.Length), checked(clip.Slots * shape.Length));
    }

    /// <summary>The clip decoded from exactly this source, if its pixels are still what they were.</summary>
    public StoredClip? Find(ClipSource source) =>
        Clips.TryGetValue(source.Name, out var clip)
        && clip.Length == source.Length && clip.Modified == source.Modified
        && SHA256.HashData(Pixels(clip)).AsSpan().SequenceEqual(clip.Hash)
            ? clip : null;

    public void Dispose()
    {
        if (start != null)
        {
            start = null;
            view!.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        view?.Dispose();
        file?.Dispose();
    }

    private static List<StoredClip>? ReadIndex(FileStream stream, ClipShape shape)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        if (stream.Length < HeaderLength || !reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic)
            || reader.ReadInt32() != Version
            || shape with { Channels = reader.ReadInt32(), Frames = reader.ReadInt32(), Size = reader.ReadInt32(), Width = reader.ReadInt32() } != shape)
        {
            return null;
        }

        var (offset, hash) = (reader.ReadInt64(), reader.ReadBytes(SHA256.HashSizeInBytes));
        if (offset < HeaderLength || offset > stream.Length || stream.Length - offset > int.MaxValue)
        {
            return null;
        }

        stream.Position = offset;
        var index = reader.ReadBytes((int)(stream.Length - offset));
        if (!SHA256.HashData(index).AsSpan().SequenceEqual(hash))
        {
            return null;
        }

        using var entries = new BinaryReader(new MemoryStream(index), Encoding.UTF8);
        var clips = new List<StoredClip>();
        for (var n = entries.ReadInt32(); n > 0; n--)
        {
            clips.Add(new StoredClip(entries.ReadString(), entries.ReadInt64(), entries.ReadInt64(),
                entries.ReadBytes(SHA256.HashSizeInBytes), entries.ReadInt32(), entries.ReadInt32()));
        }

        return clips.All(c => c.Slot >= 0 && c.Slots > 0 && HeaderLength + (((long)c.Slot + c.Slots) * shape.Length) <= offset) ? clips : null;
    }
}
