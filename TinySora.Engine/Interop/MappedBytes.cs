using System.Buffers.Binary;

namespace TinySora.Engine.Interop;

/// <summary>Part of a mapped file, which may be longer than a span can be. Reads are checked against its end.</summary>
internal readonly unsafe struct MappedBytes(byte* start, long length)
{
    private readonly byte* start = start;

    public long Length { get; } = length;

    public MappedBytes Slice(long offset, long count) => new(start + Checked(offset, count), count);

    public ReadOnlySpan<byte> Span(long offset, int count) => new(start + Checked(offset, count), count);

    public byte Byte(long offset) => start[Checked(offset, 1)];

    public int Int32(long offset) => BinaryPrimitives.ReadInt32LittleEndian(Span(offset, sizeof(int)));

    public long Int64(long offset) => BinaryPrimitives.ReadInt64LittleEndian(Span(offset, sizeof(long)));

    private long Checked(long offset, long count) => offset < 0 || count < 0 || count > Length - offset
        ? throw new InvalidDataException($"it points to {count} bytes from {offset} on, where there are {Length}")
        : offset;
}
