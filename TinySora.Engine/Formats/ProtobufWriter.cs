using System.Buffers.Binary;
using System.Text;

namespace TinySora.Engine.Formats;

/// <summary>Fields of a protobuf message in the order in which they are written; zeros are left out, as proto3 has it.</summary>
internal sealed class ProtobufWriter
{
    private readonly MemoryStream bytes = new();

    public ReadOnlySpan<byte> Bytes => bytes.GetBuffer().AsSpan(0, (int)bytes.Length);

    public void Integer(int field, long value)
    {
        if (value != 0)
        {
            Varint((ulong)(field << 3));
            Varint((ulong)value);
        }
    }

    public void Double(int field, double value)
    {
        Span<byte> data = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(data, value);
        Varint((ulong)(field << 3 | 1));
        bytes.Write(data);
    }

    /// <summary>Written even when zero, because it is one of several kinds of a value.</summary>
    public void Float(int field, float value)
    {
        Span<byte> data = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(data, value);
        Varint((ulong)(field << 3 | 5));
        bytes.Write(data);
    }

    public void Text(int field, string value) => Block(field, Encoding.UTF8.GetBytes(value));

    /// <summary>Numbers of a repeated field, zeros among them.</summary>
    public void Integers(int field, IEnumerable<long> values)
    {
        foreach (var value in values)
        {
            Varint((ulong)(field << 3));
            Varint((ulong)value);
        }
    }

    public void Message(int field, Action<ProtobufWriter> content)
    {
        var inner = new ProtobufWriter();
        content(inner);
        Block(field, inner.Bytes);
    }

    /// <summary>The beginning of a field of so many bytes, which the caller writes behind this message.</summary>
    public void Head(int field, long length)
    {
        Varint((ulong)(field << 3 | 2));
        Varint((ulong)length);
    }

    /// <summary>Fields that are written already.</summary>
    public void Raw(ReadOnlySpan<byte> fields) => bytes.Write(fields);

    private void Block(int field, ReadOnlySpan<byte> data)
    {
        Head(field, data.Length);
        bytes.Write(data);
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            bytes.WriteByte((byte)(value | 0x80));
        }

        bytes.WriteByte((byte)value);
    }
}
