using System.Buffers.Binary;
using System.IO.Compression;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Digits;

/// <summary>
/// A file of unsigned bytes in the IDX format of MNIST (LeCun, Cortes and Burges), optionally gzip-compressed. It starts with the bytes 0, 0, 8 and the
/// number of dimensions, followed by the size of each dimension as a big-endian 32-bit number, and the values in row-major order.
/// </summary>
internal sealed record IdxFile(int[] Dimensions, byte[] Values)
{
    /// <summary>Maximum file size in bytes, twenty times that of the MNIST images.</summary>
    private const long SizeLimit = 1L << 30;

    /// <summary>Maximum number of bytes that one byte of gzip data can expand to.</summary>
    private const long MaxUnpacked = 1032;

    /// <param name="dimensions">Required number of dimensions: 3 for images, 1 for labels.</param>
    /// <exception cref="TinySoraException">The file is unreadable, is not of the required kind, or is truncated, too long or too large.</exception>
    public static IdxFile Read(string path, int dimensions)
    {
        try
        {
            using var file = File.OpenRead(path);
            var compressed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            using var stream = compressed ? new GZipStream(file, CompressionMode.Decompress) : (Stream)file;
            return Read(stream, path, dimensions, compressed ? file.Length * MaxUnpacked : file.Length);
        }
        catch (EndOfStreamException e)
        {
            throw DataErrors.NoIdxFile(path, "the file is truncated", e);
        }
        catch (Exception e) when (FileFailure.Is(e) || e is InvalidDataException)
        {
            throw DataErrors.NoIdxFile(path, e.Message, e);
        }
    }

    /// <param name="most">Maximum number of bytes that the stream can contain. Memory is allocated only up to this number.</param>
    private static IdxFile Read(Stream stream, string path, int dimensions, long most)
    {
        var header = new byte[4 + (4 * dimensions)];
        stream.ReadExactly(header.AsSpan(0, 4));
        if (BinaryPrimitives.ReadUInt32BigEndian(header) is var magic && magic != 0x0800 + dimensions)
        {
            throw DataErrors.NoIdxFile(path, $"the file begins with the bytes {magic:X8} instead of {0x0800 + dimensions:X8}");
        }

        stream.ReadExactly(header.AsSpan(4));
        var sizes = Enumerable.Range(1, dimensions).Select(i => BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4 * i))).ToArray();
        var length = sizes.Aggregate(1.0, (product, size) => product * size);
        if (length is < 1 or > SizeLimit)
        {
            throw DataErrors.NoIdxFile(path, $"its header declares {string.Join(" x ", sizes)} values, which is zero or more than the limit");
        }

        if (length > most)
        {
            throw new EndOfStreamException();
        }

        var values = new byte[(int)length];
        stream.ReadExactly(values);
        return stream.ReadByte() < 0
            ? new IdxFile([.. sizes.Select(s => (int)s)], values)
            : throw DataErrors.NoIdxFile(path, $"the file is longer than the {string.Join(" x ", sizes)} values that its header declares");
    }
}
