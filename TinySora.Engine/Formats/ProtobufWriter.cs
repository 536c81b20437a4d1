using System.Buffers.Binary;
using System.Text;

namespace TinySora.Engine.Formats;

/// <summary>Writes the fields of a protobuf message in order. As in proto3, zeros are omitted.</summary>
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

    /// <summary>Writes a value even if it is zero, as needed for one of several alternatives (oneof).</summary>
    public void Float(int field, float value)
    {
        Span<byte> data = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(data, value);
        Varint((ulong)(field << 3 | 5));
        bytes.Write(data);
    }

    public void Text(int field, string value) => Block(field, Encoding.UTF8.GetBytes(value));

    /// <summary>Writes the values of a repeated field, including zeros.</summary>
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

    /// <summary>Writes the tag and length of a field whose bytes the caller writes after this message.</summary>
    public void Head(int field, long length)
    {
        Varint((ulong)(field << 3 | 2));
        Varint((ulong)length);
    }

    /// <summary>Writes fields that are already encoded.</summary>
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
