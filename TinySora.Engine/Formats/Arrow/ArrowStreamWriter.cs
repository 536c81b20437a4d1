using System.Buffers.Binary;

namespace TinySora.Engine.Formats.Arrow;

/// <summary>Writes batches of rows in Arrow's stream format. The numbers of tables and slots are defined in Message.fbs and Schema.fbs.</summary>
internal sealed class ArrowStreamWriter
{
    /// <summary>Alignment of buffers in bytes, as the format recommends.</summary>
    private const int Alignment = 64;
    private const byte SchemaMessage = 1, BatchMessage = 3;
    private const short Version5 = 4;

    private readonly Stream stream;

    /// <param name="huggingFace">The columns as Hugging Face datasets describes them.</param>
    public ArrowStreamWriter(Stream stream, IReadOnlyList<ArrowColumn> columns, string huggingFace)
    {
        this.stream = stream;
        var metadata = new FlatNewTable(new FlatText("huggingface"), new FlatText(huggingFace));
        var schema = new FlatNewTable(
            null, new FlatTables([.. columns.Select(column => Field(column.Name, column.Element, column.Rank))]), new FlatTables([metadata]));
        WriteMessage(SchemaMessage, schema, 0);
    }

    /// <param name="nodes">Length and number of missing values for each array, from the outside in.</param>
    public void Write(long rows, IReadOnlyList<long> nodes, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        var (places, end) = (new List<long>(), 0L);
        foreach (var buffer in buffers)
        {
            places.AddRange([end, buffer.Length]);
            end = Aligned(end + buffer.Length);
        }

        WriteMessage(BatchMessage, new FlatNewTable(new FlatNumber(rows, sizeof(long)), new FlatStructs(nodes, 2), new FlatStructs(places, 2)), end);
        foreach (var buffer in buffers)
        {
            stream.Write(buffer.Span);
            stream.Write(new byte[Aligned(buffer.Length) - buffer.Length]);
        }
    }

    /// <summary>Writes the end mark.</summary>
    public void Finish()
    {
        WriteInt32(-1);
        WriteInt32(0);
    }

    private static FlatNewTable Field(string name, ArrowElement element, int rank)
    {
        var (type, detail) = rank > 0 ? (ArrowType.List, new FlatNewTable()) : Element(element);
        FlatNewTable[] children = rank > 0 ? [Field("item", element, rank - 1)] : [];
        return new FlatNewTable(new FlatText(name), new FlatNumber(1, 1), new FlatNumber((byte)type, 1), detail, null, new FlatTables(children));
    }

    private static (ArrowType Type, FlatNewTable Detail) Element(ArrowElement element) => element switch
    {
        ArrowElement.Text => (ArrowType.Utf8, new FlatNewTable()),
        ArrowElement.Int8 => Int(8),
        ArrowElement.Int16 => Int(16),
        ArrowElement.Int32 => Int(32),
        ArrowElement.Int64 => Int(64),
        ArrowElement.UInt8 => (ArrowType.Int, new FlatNewTable(new FlatNumber(8, sizeof(int)), new FlatNumber(0, 1))),
        ArrowElement.Float16 => Float(0),
        ArrowElement.Float32 => Float(1),
        ArrowElement.Float64 => Float(2),
        _ => throw new ArgumentOutOfRangeException(nameof(element), element, "Not written."),
    };

    private static (ArrowType Type, FlatNewTable Detail) Int(int bits) =>
        (ArrowType.Int, new FlatNewTable(new FlatNumber(bits, sizeof(int)), new FlatNumber(1, 1)));

    private static (ArrowType Type, FlatNewTable Detail) Float(short precision) =>
        (ArrowType.FloatingPoint, new FlatNewTable(new FlatNumber(precision, sizeof(short))));

    private void WriteMessage(byte kind, FlatNewTable header, long bodyLength)
    {
        var metadata = FlatBufferWriter.Write(new FlatNewTable(
            new FlatNumber(Version5, sizeof(short)), new FlatNumber(kind, 1), header, new FlatNumber(bodyLength, sizeof(long))));
        var prefix = 2 * sizeof(int);
        var length = (int)Aligned(prefix + metadata.Length) - prefix;
        WriteInt32(-1);
        WriteInt32(length);
        stream.Write(metadata);
        stream.Write(new byte[length - metadata.Length]);
    }

    private void WriteInt32(int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        stream.Write(bytes);
    }

    private static long Aligned(long length) => (length + Alignment - 1) / Alignment * Alignment;
}
