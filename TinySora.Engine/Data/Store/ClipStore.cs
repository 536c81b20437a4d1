using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Store;

/// <summary>
/// What was made of clips, in an open file or in memory: their pixels as (C, F, H, W) bytes, or latents. The file is a header (magic,
/// version, SHA-256 of the slot's description) and for each clip an entry that says what it is, followed by its bytes. Clips
/// are only ever added, so that a run which was killed has lost nothing but the last; of several of one name the last counts.
/// </summary>
internal sealed class ClipStore : IDisposable
{
    /// <summary>The version of the preprocessing. Raise it when clips are preprocessed differently: older stores are then made anew.</summary>
    private const int Version = 2;

    /// <summary>Number of bytes that are read at once to compute a hash.</summary>
    private const int PieceLength = 1 << 20;

    private readonly StoreSlot slot;
    private readonly IReadOnlyList<byte[]>? memory;
    private readonly RandomAccessFile? file;
    private readonly string path = "";
    private readonly Dictionary<string, StoredClip> clips = new(StringComparer.Ordinal);
    private readonly Lazy<Dictionary<string, StoredClip>> byContent;

    /// <summary>A store in memory.</summary>
    public ClipStore(StoreSlot slot, IEnumerable<StoredClip> clips, IReadOnlyList<byte[]> memory)
        : this(slot)
    {
        this.memory = memory;
        this.clips = clips.ToDictionary(c => c.Name, StringComparer.Ordinal);
    }

    private ClipStore(StoreSlot slot, string path, RandomAccessFile file)
        : this(slot)
    {
        this.file = file;
        this.path = path;
        End = Index(file.Bytes);
    }

    private ClipStore(StoreSlot slot)
    {
        this.slot = slot;
        byContent = new(() => clips.Values.Where(c => c.Content.Length > 0)
            .GroupBy(c => Convert.ToHexString(c.Content)).ToDictionary(g => g.Key, g => g.First()));
    }

    /// <summary>The stored clips by the names of their sources.</summary>
    public IReadOnlyDictionary<string, StoredClip> Clips => clips;

    /// <summary>Length of what is whole in the file; what follows was cut off.</summary>
    public long End { get; }

    /// <summary>The first bytes of a store's file.</summary>
    public static byte[] Header(StoreSlot slot) =>
    [
        .. Encoding.ASCII.GetBytes("TSCLIPS\n"), .. BitConverter.GetBytes(Version),
        .. SHA256.HashData(Encoding.UTF8.GetBytes(slot.Description)),
    ];

    /// <summary>The store in a file, also in one that is not complete; null when there is none of this shape and version.</summary>
    public static ClipStore? TryOpen(string path, StoreSlot slot)
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            var header = Header(slot);
            var file = RandomAccessFile.Open(path);
            return OnFailure.Dispose(file, () =>
            {
                if (file.Length >= header.Length && file.Bytes.Read(0, header.Length).AsSpan().SequenceEqual(header))
                {
                    return new ClipStore(slot, path, file);
                }

                file.Dispose();
                return null;
            });
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            return null;
        }
    }

    /// <summary>The bytes of a clip, as many slots as it has.</summary>
    /// <inheritdoc cref="Read(StoredClip, int, Span{byte})"/>
    public byte[] Read(StoredClip clip)
    {
        var pixels = new byte[LengthOf(clip)];
        Read(clip, 0, pixels);
        return pixels;
    }

    /// <summary>Fills a buffer with the bytes of a clip from an offset on.</summary>
    /// <exception cref="TinySoraException">StoreUnreadable, for example because another program has shortened the file.</exception>
    public void Read(StoredClip clip, int offset, Span<byte> destination)
    {
        if (memory is not null)
        {
            memory[(int)clip.Place].AsSpan(offset, destination.Length).CopyTo(destination);
            return;
        }

        try
        {
            file!.Bytes.Read(clip.Place + offset, destination);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw DataErrors.StoreUnreadable(path, e);
        }
    }

    /// <summary>
    /// The clip decoded from this source, if its pixels are still what they were: from a file that was not touched since, or
    /// from one of the same content, whatever its name and time.
    /// </summary>
    public StoredClip? Find(ClipSource source)
    {
        var clip = clips.TryGetValue(source.Name, out var named) && named.IsOf(source) ? named
            : byContent.Value.Count > 0 && source.Hash() is { Length: > 0 } hash ? byContent.Value.GetValueOrDefault(Convert.ToHexString(hash))
            : null;
        return clip is not null && IsWhole(clip) ? clip : null;
    }

    public void Dispose() => file?.Dispose();

    private int LengthOf(StoredClip clip) => checked(clip.Slots * slot.Length);

    /// <summary>Whether the bytes of a clip can be read and are those that were stored.</summary>
    private bool IsWhole(StoredClip clip)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var piece = ArrayPool<byte>.Shared.Rent(PieceLength);
        try
        {
            for (var (offset, length) = (0, LengthOf(clip)); offset < length; offset += PieceLength)
            {
                var bytes = piece.AsSpan(0, Math.Min(PieceLength, length - offset));
                Read(clip, offset, bytes);
                hash.AppendData(bytes);
            }

            return hash.GetHashAndReset().AsSpan().SequenceEqual(clip.Hash);
        }
        catch (TinySoraException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>Reads the entries up to the first that is not whole, and gives the place where that begins.</summary>
    private long Index(FileSlice bytes)
    {
        long end = Header(slot).Length;
        while (StoredClip.Read(bytes, end) is var (clip, entryLength)
            && clip.Slots >= 0 && (long)clip.Slots * slot.Length <= Math.Min(bytes.Length - end - entryLength, int.MaxValue))
        {
            if (clip.Slots == 0)
            {
                clips.Remove(clip.Name);
            }
            else
            {
                clips[clip.Name] = clip with { Place = end + entryLength };
            }

            end += entryLength + ((long)clip.Slots * slot.Length);
        }

        return end;
    }
}
