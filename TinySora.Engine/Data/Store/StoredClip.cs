using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Store;

/// <summary>The unit of storage in a <see cref="ClipStore"/>. A clip occupies one or several consecutive slots.</summary>
/// <param name="Description">Text that changes whenever the bytes would change.</param>
/// <param name="Length">Length in bytes.</param>
internal sealed record StoreSlot(string Description, int Length);

/// <summary>A decoded clip in the store.</summary>
/// <param name="Name">Name of the source. Name, Length and Modified are as they were when the clip was decoded.</param>
/// <param name="Content">SHA-256 of the source; empty if it is larger than <see cref="ClipSource.HashedBytes"/>.</param>
/// <param name="Hash">SHA-256 of the pixels.</param>
/// <param name="Slots">Number of slots; 0 marks the clip with this name as removed.</param>
internal sealed record StoredClip(string Name, long Length, long Modified, byte[] Content, byte[] Hash, int Slots)
{
    /// <summary>Number of bytes for the length and checksum before an entry.</summary>
    private const int PrefixLength = 8;

    /// <summary>Maximum length of an entry in bytes, more than the longest path needs.</summary>
    private const int LongestEntry = 1 << 18;

    /// <summary>Position of the pixels in the file, or index of the clip in an in-memory store.</summary>
    public long Offset { get; init; }

    /// <summary>Returns whether a source is unchanged since the clip was decoded from it.</summary>
    public bool Matches(ClipSource source) => Name == source.Name && Length == source.Length && Modified == source.Modified;

    /// <summary>Computes a SHA-256 hash over the names and hashes of clips.</summary>
    public static string FingerprintOf(IEnumerable<StoredClip> clips)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var clip in clips)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{clip.Name}\0"));
            hash.AppendData(clip.Hash);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>Returns the bytes of the entry before its pixels.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        stream.Position = PrefixLength;
        writer.Write(Name);
        writer.Write(Length);
        writer.Write(Modified);
        writer.Write(Content.Length);
        writer.Write(Content);
        writer.Write(Hash);
        writer.Write(Slots);
        var bytes = stream.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Crc32.HashToUInt32(bytes.AsSpan(PrefixLength)));
        return bytes;
    }

    /// <summary>Reads the entry at an offset of a store's file, and its length; <c>null</c> if there is no complete entry.</summary>
    /// <inheritdoc cref="FileSlice.Read(long, Span{byte})"/>
    public static (StoredClip Clip, int EntryLength)? Read(FileSlice file, long offset)
    {
        var rest = file.Length - offset;
        if (rest <= PrefixLength || file.Int32(offset) is var length && (length <= PrefixLength || length > Math.Min(rest, LongestEntry)))
        {
            return null;
        }

        var bytes = file.Read(offset, length);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) != Crc32.HashToUInt32(bytes.AsSpan(PrefixLength)))
        {
            return null;
        }

        using var reader = new BinaryReader(new MemoryStream(bytes, PrefixLength, length - PrefixLength), Encoding.UTF8);
        return (new StoredClip(reader.ReadString(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadBytes(reader.ReadInt32()),
            reader.ReadBytes(SHA256.HashSizeInBytes), reader.ReadInt32()), length);
    }
}
