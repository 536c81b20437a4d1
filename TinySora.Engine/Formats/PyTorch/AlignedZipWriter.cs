using System.IO.Hashing;
using System.Text;

namespace TinySora.Engine.Formats.PyTorch;

/// <summary>
/// Writes a zip archive of uncompressed entries in the layout of PyTorch's own writer. Data is aligned to 64 bytes so that readers can map it. Numbers that
/// do not fit into 32 bits are written in Zip64 fields (PKWARE's APPNOTE, 4.3 and 4.5.3).
/// </summary>
/// <param name="stream">Seekable stream, written from its beginning.</param>
/// <param name="zip64From">Smallest number that is written in a Zip64 field.</param>
internal sealed class AlignedZipWriter(Stream stream, long zip64From = uint.MaxValue)
{
    private const int Alignment = 64;
    private const int LocalHeaderLength = 30;
    private const int ChecksumPosition = 14;
    private const ushort Zip64Field = 1;

    /// <summary>Extra field for padding, with the same ID as PyTorch uses. Readers skip unknown fields.</summary>
    private const ushort PaddingField = 0x4246;
    private const int FieldHeaderLength = 4;

    /// <summary>Timestamp for all entries (January 1, 1980), so that equal weights produce equal files.</summary>
    private const uint Timestamp = (1 << 21) | (1 << 16);

    private readonly List<Entry> entries = [];

    /// <param name="length">Number of bytes that <paramref name="write"/> will write.</param>
    public void Add(string name, long length, Action<TensorBytes.Sink> write)
    {
        var entry = new Entry(Encoding.UTF8.GetBytes(name), length, stream.Position);
        entries.Add(entry);
        var sizes = Zip64(length, length);
        var dataStart = stream.Position + LocalHeaderLength + entry.Name.Length + sizes.Length + FieldHeaderLength;
        var padding = (int)((Alignment - dataStart % Alignment) % Alignment);
        WriteFields("PK\x03\x04", Version(sizes), (ushort)0, (ushort)0, Timestamp, 0u, Fit(length), Fit(length),
            (ushort)entry.Name.Length, (ushort)(sizes.Length + FieldHeaderLength + padding));
        stream.Write(entry.Name);
        stream.Write(sizes);
        WriteFields("", PaddingField, (ushort)padding);
        stream.Write(new byte[padding]);

        var crc = new Crc32();
        write(bytes =>
        {
            crc.Append(bytes);
            stream.Write(bytes);
        });
        entry.Checksum = crc.GetCurrentHashAsUInt32();
        var end = stream.Position;
        stream.Position = entry.Offset + ChecksumPosition;
        WriteFields("", entry.Checksum);
        stream.Position = end;
    }

    /// <summary>Writes the central directory. No entries can be added afterwards.</summary>
    public void Finish()
    {
        var start = stream.Position;
        foreach (var entry in entries)
        {
            var large = Zip64(entry.Length, entry.Length, entry.Offset);
            WriteFields("PK\x01\x02", Version(large), Version(large), (ushort)0, (ushort)0, Timestamp, entry.Checksum, Fit(entry.Length), Fit(entry.Length),
                (ushort)entry.Name.Length, (ushort)large.Length, (ushort)0, (ushort)0, (ushort)0, 0u, Fit(entry.Offset));
            stream.Write(entry.Name);
            stream.Write(large);
        }

        var (end, count) = (stream.Position, (long)entries.Count);
        if (end >= zip64From || count >= ushort.MaxValue)
        {
            WriteFields("PK\x06\x06", 44L, (ushort)45, (ushort)45, 0u, 0u, count, count, end - start, start);
            WriteFields("PK\x06\x07", 0u, end, 1u);
        }

        var shown = (ushort)Math.Min(count, ushort.MaxValue);
        WriteFields("PK\x05\x06", (ushort)0, (ushort)0, shown, shown, Fit(end - start), Fit(start), (ushort)0);
    }

    private uint Fit(long number) => number >= zip64From ? uint.MaxValue : (uint)number;

    private static ushort Version(byte[] zip64) => (ushort)(zip64.Length > 0 ? 45 : 20);

    /// <summary>Returns the extra field with the numbers that require Zip64; empty if there are none.</summary>
    private byte[] Zip64(params long[] numbers)
    {
        object[] large = [.. numbers.Where(number => number >= zip64From)];
        return large.Length == 0 ? [] : Bytes([Zip64Field, (ushort)(large.Length * sizeof(long)), .. large]);
    }

    private void WriteFields(string signature, params object[] fields)
    {
        stream.Write(Encoding.Latin1.GetBytes(signature));
        stream.Write(Bytes(fields));
    }

    /// <param name="fields">Numbers of 16, 32 and 64 bits, or text.</param>
    private static byte[] Bytes(object[] fields) => [.. fields.SelectMany(field => field switch
    {
        ushort number => BitConverter.GetBytes(number),
        uint number => BitConverter.GetBytes(number),
        _ => BitConverter.GetBytes((long)field),
    })];

    private sealed record Entry(byte[] Name, long Length, long Offset)
    {
        public uint Checksum { get; set; }
    }
}
