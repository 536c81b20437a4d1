using System.Buffers.Binary;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using TinySora.Engine.Data.Import;

namespace TinySora.Fuzz;

/// <summary>Archives of videos for New-TinySoraDataset.</summary>
internal static class ArchiveFormats
{
    private const int Block = 512, ChecksumAt = 148, ChecksumLength = 8, MagicAt = 257;

    private static readonly string[] TarWords =
    [
        "ustar\0" + "00", "ustar  \0", "../", "a.txt\0", "././@LongLink", "\u0080", "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff", "00000000000\0", "77777777777\0",
        "-0000000001\0", "21 mtime=-99999999999999\n", "30 mtime=99999999999999.999999\n", "17 path=../a.txt\n", "20 size=99999999999\n", "14 size=-1\n",
        "22 GNU.sparse.major=1\n", "25 hdrcharset=BINARY\n", "0", "5", "x", "g", "L", "K", "S",
    ];

    public static IEnumerable<Format> All =>
    [
        new("zip", "videos.zip", () => [Zip()], Unpack) { Words = ["../", "/", "\\", "a.gif", "PK\u0001\u0002", "PK\u0003\u0004", "PK\u0005\u0006"] },
        new("zip-directory", "videos.zip", () => [Directory(Zip())], Unpack)
        {
            Words = ["../", "/", "\\", "a.gif", "PK\u0001\u0002", "\u0001\0", "up", "\u0075\u0070", "\0\0\0\0\0\0\0\0"], Pack = BehindEntries,
        },
        new("tar", "videos.tar", () => Tars, Unpack) { Words = TarWords, Pack = WithChecksums },
        new("tar-gz", "videos.tar.gz", () => Tars, Unpack) { Words = TarWords, Pack = content => Compress(WithChecksums(content)) },
        new("gz", "videos.tgz", () => Tars.Select(Compress), Unpack),
    ];

    /// <summary>Creates archives in each of the four formats, with names of more than 100 characters and fractional times.</summary>
    private static IEnumerable<byte[]> Tars => Enum.GetValues<TarEntryFormat>().Where(format => format != TarEntryFormat.Unknown).Select(format =>
        Samples.Written(stream =>
        {
            using TarWriter tar = new(stream, format, leaveOpen: true);
            foreach (var name in new[] { "a.txt", format is TarEntryFormat.Pax or TarEntryFormat.Gnu ? $"folder/{new string('b', 110)}.txt" : "folder/b.txt" })
            {
                var time = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_500);
                TarEntry entry = format switch
                {
                    TarEntryFormat.V7 => new V7TarEntry(TarEntryType.V7RegularFile, name),
                    TarEntryFormat.Ustar => new UstarTarEntry(TarEntryType.RegularFile, name),
                    TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, name, [new("mtime", "1700000000.5"), new("comment", "text")]),
                    _ => new GnuTarEntry(TarEntryType.RegularFile, name) { AccessTime = time, ChangeTime = time },
                };
                entry.ModificationTime = time;
                entry.DataStream = new MemoryStream("red"u8.ToArray());
                tar.WriteEntry(entry);
            }
        }));

    private static void Unpack(string path)
    {
        using UnpackedSources unpacked = new(Path.Combine(Path.GetDirectoryName(path)!, "out"));
        unpacked.Open([path], null, CancellationToken.None);
    }

    private static byte[] Zip() => Samples.Zip(CompressionLevel.Optimal, ("a.txt", "red"u8.ToArray()), ("folder/b.txt", "red"u8.ToArray()));

    private static byte[] Directory(byte[] zip) => zip[zip.AsSpan().IndexOf("PK\u0001\u0002"u8)..zip.AsSpan().IndexOf("PK\u0005\u0006"u8)];

    /// <summary>Appends a mutated directory to the entries of a valid archive, and an end record that points to it.</summary>
    private static byte[] BehindEntries(byte[] directory)
    {
        var entries = Zip().AsSpan();
        entries = entries[..entries.IndexOf("PK\u0001\u0002"u8)];
        var end = new byte[22];
        "PK\u0005\u0006"u8.CopyTo(end);
        var count = (ushort)Math.Min(directory.AsSpan().Count("PK\u0001\u0002"u8), ushort.MaxValue);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(8), count);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(10), count);
        BinaryPrimitives.WriteInt32LittleEndian(end.AsSpan(12), directory.Length);
        BinaryPrimitives.WriteInt32LittleEndian(end.AsSpan(16), entries.Length);
        return [.. entries, .. directory, .. end];
    }

    /// <summary>Corrects the checksum of each block that looks like a header, and pads the last block.</summary>
    private static byte[] WithChecksums(byte[] content)
    {
        var tar = new byte[(content.Length + Block - 1) / Block * Block];
        content.CopyTo(tar, 0);
        for (var at = 0; at < tar.Length; at += Block)
        {
            var header = tar.AsSpan(at, Block);
            if (at == 0 || header[MagicAt..].StartsWith("ustar"u8) || header.Slice(ChecksumAt, ChecksumLength).ContainsAnyInRange((byte)'0', (byte)'7'))
            {
                var sum = header.Slice(ChecksumAt, ChecksumLength);
                sum.Fill((byte)' ');
                var total = tar.Skip(at).Take(Block).Sum(value => value);
                Encoding.ASCII.GetBytes(Convert.ToString(total, 8).PadLeft(6, '0') + "\0 ").CopyTo(sum);
            }
        }

        return tar;
    }

    private static byte[] Compress(byte[] content) => Samples.Compress(content, packed => new GZipStream(packed, CompressionLevel.Fastest));
}
