using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Store;

/// <summary>What a store holds of each clip, once or several times in a row.</summary>
/// <param name="Description">Differs when the bytes would.</param>
/// <param name="Length">Bytes.</param>
internal sealed record StoreSlot(string Description, int Length);

/// <summary>A decoded clip in the store.</summary>
/// <param name="Name">, Length, Modified: the source it was decoded from, as it was then.</param>
/// <param name="Content">SHA-256 of the source; of none that is larger than <see cref="ClipSource.HashedBytes"/>.</param>
/// <param name="Hash">SHA-256 of the pixels.</param>
/// <param name="Slots">How many shapes long it is; 0: the clip of this name is no longer wanted.</param>
internal sealed record StoredClip(string Name, long Length, long Modified, byte[] Content, byte[] Hash, int Slots)
{
    /// <summary>The bytes for length and check sum in front of an entry.</summary>
    private const int PrefixLength = 8;

    /// <summary>Maximum length of an entry in bytes, above what the longest path takes.</summary>
    private const int LongestEntry = 1 << 18;

    /// <summary>Where its pixels begin: in the file, or in a store in memory which of the clips it is.</summary>
    public long Place { get; init; }

    /// <summary>Whether the source has not been changed since.</summary>
    public bool IsOf(ClipSource source) => Name == source.Name && Length == source.Length && Modified == source.Modified;

    /// <summary>SHA-256 over the names and hashes of clips.</summary>
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

    /// <summary>The bytes of the entry in front of its pixels.</summary>
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

    /// <summary>The entry at an offset of a store's file, and its own length; null where there is none that is whole.</summary>
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
