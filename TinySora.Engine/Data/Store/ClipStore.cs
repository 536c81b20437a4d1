using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Store;

/// <summary>
/// Stores the data of clips, as pixels (C, F, H, W) in bytes or as latents, in an open file or in memory. The file has a header (magic bytes, version,
/// SHA-256 of the slot's description), and for each clip an entry with its description, followed by its bytes. Clips are only appended, so a killed run
/// loses at most the last one. Of several clips with the same name, the last is valid.
/// </summary>
internal sealed class ClipStore : IDisposable
{
    /// <summary>Version of the preprocessing. Increase it whenever the preprocessing changes, so that older stores are recreated.</summary>
    private const int Version = 2;

    /// <summary>Number of bytes to read at a time to compute a hash.</summary>
    private const int PieceLength = 1 << 20;

    private readonly StoreSlot slot;
    private readonly IReadOnlyList<byte[]>? memory;
    private readonly RandomAccessFile? file;
    private readonly string path = "";
    private readonly Dictionary<string, StoredClip> clips = new(StringComparer.Ordinal);
    private readonly Lazy<Dictionary<string, StoredClip>> byContent;

    /// <summary>Creates a store in memory.</summary>
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

    /// <summary>Stored clips by the names of their sources.</summary>
    public IReadOnlyDictionary<string, StoredClip> Clips => clips;

    /// <summary>Length of the file up to its last complete entry. Anything after it is truncated data.</summary>
    public long End { get; }

    /// <summary>Returns the header of a store's file.</summary>
    public static byte[] Header(StoreSlot slot) =>
    [
        .. Encoding.ASCII.GetBytes("TSCLIPS\n"), .. BitConverter.GetBytes(Version),
        .. SHA256.HashData(Encoding.UTF8.GetBytes(slot.Description)),
    ];

    /// <summary>Opens the store in a file, even if it is incomplete; returns <c>null</c> if there is none with this slot and version.</summary>
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

    /// <summary>Reads the bytes of all slots of a clip.</summary>
    /// <inheritdoc cref="Read(StoredClip, int, Span{byte})"/>
    public byte[] Read(StoredClip clip)
    {
        var pixels = new byte[LengthOf(clip)];
        Read(clip, 0, pixels);
        return pixels;
    }

    /// <summary>Fills a buffer with the bytes of a clip, starting at an offset.</summary>
    /// <exception cref="TinySoraException">StoreUnreadable, for example because another program truncated the file.</exception>
    public void Read(StoredClip clip, int offset, Span<byte> destination)
    {
        if (memory is not null)
        {
            memory[(int)clip.Offset].AsSpan(offset, destination.Length).CopyTo(destination);
            return;
        }

        try
        {
            file!.Bytes.Read(clip.Offset + offset, destination);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw DataErrors.StoreUnreadable(path, e);
        }
    }

    /// <summary>
    /// Finds the clip that was decoded from this source, if its pixels are still valid. They are valid if the file is unchanged, or if the content is the
    /// same, regardless of name and time.
    /// </summary>
    public StoredClip? Find(ClipSource source)
    {
        var clip = clips.TryGetValue(source.Name, out var named) && named.Matches(source) ? named
            : byContent.Value.Count > 0 && source.Hash() is { Length: > 0 } hash ? byContent.Value.GetValueOrDefault(Convert.ToHexString(hash))
            : null;
        return clip is not null && IsWhole(clip) ? clip : null;
    }

    public void Dispose() => file?.Dispose();

    private int LengthOf(StoredClip clip) => checked(clip.Slots * slot.Length);

    /// <summary>Returns whether the bytes of a clip can be read and match the stored hash.</summary>
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

    /// <summary>Reads the entries up to the first incomplete one, and returns its position.</summary>
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
                clips[clip.Name] = clip with { Offset = end + entryLength };
            }

            end += entryLength + ((long)clip.Slots * slot.Length);
        }

        return end;
    }
}
