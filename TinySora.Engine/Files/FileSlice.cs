using System.Buffers.Binary;

namespace TinySora.Engine.Files;

/// <summary>Fills a buffer with the next bytes of a file.</summary>
internal delegate void ByteSource(Span<byte> bytes);

/// <summary>A part of an open file. Bytes are read on request, and every read is checked against the end of the part.</summary>
internal readonly struct FileSlice(RandomAccessFile file, long start, long length)
{
    public long Length { get; } = length;

    /// <exception cref="InvalidDataException">The new part is not within this one. Reads throw the same exception.</exception>
    public FileSlice Slice(long offset, long count) => new(file, start + Checked(offset, count), count);

    /// <summary>Fills a buffer.</summary>
    /// <exception cref="IOException">The file has become shorter, or cannot be read.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        Checked(offset, destination.Length);
        file?.Read(start + offset, destination); // A default slice is empty.
    }

    /// <summary>Returns a reader that starts at an offset. Each call continues where the previous call ended.</summary>
    public ByteSource From(long offset)
    {
        var slice = this;
        return bytes =>
        {
            slice.Read(offset, bytes);
            offset += bytes.Length;
        };
    }

    public byte[] Read(long offset, int count)
    {
        Checked(offset, count);
        var bytes = new byte[count];
        Read(offset, bytes);
        return bytes;
    }

    public int Int32(long offset)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        Read(offset, bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    private long Checked(long offset, long count) => offset < 0 || count < 0 || count > Length - offset
        ? throw new InvalidDataException($"it refers to {count} bytes from offset {offset}, but its data has only {Length}")
        : offset;
}
