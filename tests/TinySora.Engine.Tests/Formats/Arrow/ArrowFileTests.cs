using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Arrow;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Formats.Arrow;

/// <summary>Messages of Arrow's stream and file formats, with one column of 32-bit integers.</summary>
public sealed class ArrowFileTests : IDisposable
{
    private const int Schema = 1, Dictionary = 2, Batch = 3;

    private static readonly byte[] End = [.. BitConverter.GetBytes(-1), .. BitConverter.GetBytes(0)];

    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    private int count;

    private string Target => folder.File($"{count}.arrow");

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Rows_are_found_in_their_batches_in_any_order()
    {
        using var file = Open([.. Columns(), .. Rows(1, 2), .. Rows(), .. Rows(3), .. Rows(4, 5, 6), .. Rows(), .. End]);
        Assert.Equal(6, file.Rows);
        int[] order = [5, 0, 3, 2, 1, 4, 4, 0];
        Assert.Equal(order.Select(row => row + 1), order.Select(row => Number(file, row)));
    }

    [Fact]
    public void Dataset_without_rows_is_empty()
    {
        using var file = Open([.. Columns(), .. End]);
        Assert.Equal((0L, "n"), (file.Rows, Assert.Single(file.Fields).Name));
        using var dataset = ArrowDataset.Open(Target);
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.ReadTensor(0, "n"));
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.ReadTensor(-1, "n"));
    }

    /// <summary>Writers before Arrow 0.15 wrote only the length before a message.</summary>
    [Fact]
    public void Messages_without_a_continuation_mark_are_read()
    {
        using var file = Open([.. Columns()[4..], .. Rows(1, 2)[4..], .. End[4..]]);
        Assert.Equal(2, Number(file, 1));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Metadata_versions_4_and_5_are_read(int version)
    {
        using var file = Open([.. Columns(version), .. Message(Batch, Describe(1), BitConverter.GetBytes(7), version), .. End]);
        Assert.Equal(7, Number(file, 0));
    }

    [Theory]
    [InlineData(2, "V3")]
    [InlineData(5, "V6")]
    public void Other_metadata_versions_are_refused(int version, string name) =>
        Assert.Contains($"has version {name}", Refused([.. Columns(version), .. End]), StringComparison.Ordinal);

    [Fact]
    public void Dictionaries_are_skipped_after_the_schema()
    {
        using var file = Open([.. Columns(), .. Message(Dictionary, new(), new byte[16]), .. Rows(1), .. End]);
        Assert.Equal((1L, 1), (file.Rows, Number(file, 0)));
    }

    [Fact]
    public void Messages_in_another_order_or_of_another_type_are_refused()
    {
        Assert.Contains("unexpected type 2", Refused([.. Message(Dictionary, new(), []), .. Columns(), .. End]), StringComparison.Ordinal);
        Assert.Contains("unexpected type 3", Refused([.. Rows(1), .. Columns(), .. End]), StringComparison.Ordinal);
        Assert.Contains("unexpected type 1", Refused([.. Columns(), .. Columns(), .. End]), StringComparison.Ordinal);
        Assert.Contains("unexpected type 4", Refused([.. Columns(), .. Message(4, new(), []), .. End]), StringComparison.Ordinal);
        Assert.Contains("has no schema", Refused(End), StringComparison.Ordinal);
    }

    [Fact]
    public void Stream_without_its_end_is_truncated()
    {
        Assert.Contains("too short, with only 7 bytes", Refused(End[..7]), StringComparison.Ordinal);
        Assert.Contains("does not begin like an Arrow stream", Refused("a text file"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("no end mark", Refused([.. Columns(), .. Rows(1)]), StringComparison.Ordinal);
        Assert.Contains("no end mark", Refused([.. Columns(), .. Rows(1)[..20]]), StringComparison.Ordinal);
        Assert.Contains("no end mark", Refused([.. Columns(), .. Message(Batch, Describe(1), [1, 0, 0, 0], bodyLength: 13), .. End]), StringComparison.Ordinal);
        Assert.Contains("no end mark", Refused([.. Columns(), .. Message(Batch, Describe(1), [1, 0, 0, 0], bodyLength: -1), .. End]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MaxValue + 1L)]
    public void Impossible_number_of_rows_is_refused(long rows) => Assert.Contains(
        $"invalid number of rows, {rows}", Refused([.. Columns(), .. Message(Batch, Describe(rows), []), .. End]), StringComparison.Ordinal);

    [Theory]
    [InlineData(0, "LZ4")]
    [InlineData(1, "ZSTD")]
    public void Compressed_batches_are_refused_by_name(int codec, string name)
    {
        var batch = Describe(1);
        var compressed = new FlatNewTable([.. batch.Slots, new FlatNewTable(new FlatNumber(codec, 1))]);
        Assert.Contains(name, Refused([.. Columns(), .. Message(Batch, compressed, new byte[4]), .. End]), StringComparison.Ordinal);
    }

    [Fact]
    public void Table_of_contents_lists_the_batches()
    {
        using var file = Open(WithContents((first, second) => [first, second]));
        Assert.Equal([1, 2, 3], Enumerable.Range(0, 3).Select(row => Number(file, row)));
        using var part = Open(WithContents((_, second) => [second]));
        Assert.Equal(3, Number(part, 0));
        using var none = Open(WithContents((_, _) => []));
        Assert.Equal((0L, 1), (none.Rows, none.Fields.Count));
    }

    [Fact]
    public void Table_of_contents_with_impossible_positions_is_refused()
    {
        Assert.Contains("not listed in order", Refused(WithContents((first, second) => [second, first])), StringComparison.Ordinal);
        Assert.Contains("not listed in order", Refused(WithContents((first, _) => [first, first])), StringComparison.Ordinal);
        Assert.Contains("not listed in order", Refused(WithContents((_, _) => [7])), StringComparison.Ordinal);
        Assert.Contains("no end mark", Refused(WithContents((_, _) => [1L << 40])), StringComparison.Ordinal);
        Assert.Contains("no end mark", Refused(WithContents((first, _) => [first])[..^1]), StringComparison.Ordinal);
        Assert.Contains("no end mark", Refused("ARROW1\0\0ARROW1"u8.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void Batch_with_less_data_than_its_rows_is_refused_when_the_file_is_opened() =>
        Assert.Contains("refers to 4 bytes", Refused([.. Columns(), .. Message(Batch, Describe(1), new byte[3]), .. End]), StringComparison.Ordinal);

    private static int Number(ArrowFile file, long row)
    {
        var (columns, position) = file.Find(row);
        return columns[0].ReadTensor(position)!.item<int>();
    }

    private static byte[] Columns(int version = 4) => Message(Schema, SchemaTable(), [], version);

    private static FlatNewTable SchemaTable() => new(null, new FlatTables(
        [new(new FlatText("n"), null, new FlatNumber((int)ArrowType.Int, 1), new FlatNewTable(new FlatNumber(32, 4), new FlatNumber(1, 1)))]));

    private static byte[] Rows(params int[] numbers) => Message(Batch, Describe(numbers.Length), [.. numbers.SelectMany(BitConverter.GetBytes)]);

    /// <summary>Metadata of a batch whose numbers are at the beginning of the body.</summary>
    private static FlatNewTable Describe(long rows) => new(
        new FlatNumber(rows, sizeof(long)), new FlatStructs([rows, 0], 2), new FlatStructs([0, 0, 0, sizeof(int) * rows], 2));

    private static byte[] Message(int kind, FlatNewTable header, byte[] body, int version = 4, long? bodyLength = null)
    {
        var metadata = FlatBufferWriter.Write(new(
            new FlatNumber(version, sizeof(short)), new FlatNumber(kind, 1), header, new FlatNumber(bodyLength ?? body.Length, sizeof(long))));
        return [.. BitConverter.GetBytes(-1), .. BitConverter.GetBytes(metadata.Length), .. metadata, .. body];
    }

    /// <summary>Returns a file with two batches and a table of contents.</summary>
    /// <param name="list">Returns the positions of the batches to list, given those of both.</param>
    private static byte[] WithContents(Func<long, long, long[]> list)
    {
        byte[] start = [.. "ARROW1\0\0"u8, .. Columns()];
        var (first, second) = (Rows(1, 2), Rows(3));
        var blocks = list(start.Length, start.Length + first.Length).SelectMany(position => new[] { position, 0, 0 }).ToList();
        var footer = FlatBufferWriter.Write(new(new FlatNumber(4, sizeof(short)), SchemaTable(), null, new FlatStructs(blocks, 3)));
        return [.. start, .. first, .. second, .. footer, .. BitConverter.GetBytes(footer.Length), .. "ARROW1"u8];
    }

    private ArrowFile Open(byte[] bytes)
    {
        count++;
        File.WriteAllBytes(Target, bytes);
        return ArrowFile.Open(Target);
    }

    private string Refused(byte[] bytes)
    {
        var error = Assert.Throws<TinySoraException>(() => Open(bytes).Dispose());
        Assert.Equal(("TinySora.Data.ArrowUnreadable", (object)Target), (error.Id, error.Target));
        return error.Message;
    }
}
