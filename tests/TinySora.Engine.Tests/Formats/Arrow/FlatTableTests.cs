using TinySora.Engine.Formats.Arrow;

namespace TinySora.Engine.Tests.Formats.Arrow;

/// <summary>Tables of FlatBuffers, and the schemas that they describe.</summary>
public sealed class FlatTableTests
{
    [Fact]
    public void Numbers_of_every_size_are_read_back_and_absent_ones_have_their_default()
    {
        var bytes = FlatBufferWriter.Write(new(
            new FlatNumber(200, 1), new FlatNumber(-2, 2), null, new FlatNumber(-3, 4), new FlatNumber(long.MinValue, 8), new FlatText("ü"),
            new FlatStructs([1, -2, 3, 4], 2), new FlatTables([new(new FlatNumber(7, 4)), new(new FlatNumber(8, 4))]), new FlatNewTable(new FlatText(""))));
        var table = FlatTable.Root(bytes);
        long[] numbers = [table.Number(0, 1), table.Number(1, 2), table.Number(2, 4, 5), table.Number(3, 4), table.Number(4, 8)];
        Assert.Equal([200, -2, 5, -3, long.MinValue], numbers);
        Assert.Equal(6, table.Number(99, 4, 6));
        Assert.Equal((true, false, true, false), (table.Has(0), table.Has(2), table.Has(8), table.Has(9)));
        Assert.Equal(("ü", "", ""), (table.Text(5), table.Text(2), table.Table(8).Text(0)));
        Assert.Equal([1, -2, 3, 4], table.Structs(6, 2));
        Assert.Empty(table.Structs(2, 2));
        Assert.Equal((2, 7L, 8L), (table.TableCount(7), table.TableAt(7, 0).Number(0, 4), table.TableAt(7, 1).Number(0, 4)));
        Assert.Equal(0, table.TableCount(2));
        Assert.Contains("field 2 is missing", Refused(() => FlatTable.Root(bytes).Table(2)), StringComparison.Ordinal);
    }

    /// <summary>Other readers access numbers in place, so they must be aligned.</summary>
    [Theory]
    [InlineData(1, 8)]
    [InlineData(1, 4)]
    [InlineData(2, 8)]
    [InlineData(4, 8)]
    public void Numbers_are_aligned_to_their_size(int first, int second)
    {
        const long number = 0x0102030405060708;
        var bytes = FlatBufferWriter.Write(new(new FlatText("x"), new FlatNumber(1, first), new FlatNumber(number, second), new FlatStructs([number], 1)));
        var encoded = BitConverter.GetBytes(number)[..second];
        Assert.Equal(0, bytes.AsSpan().IndexOf(encoded) % second);
        Assert.Equal(0, bytes.AsSpan().LastIndexOf(BitConverter.GetBytes(number)) % 8);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Texts_and_lists_are_aligned_to_four_bytes(int length)
    {
        var bytes = FlatBufferWriter.Write(new(new FlatText(new string('x', length)), new FlatText("second")));
        Assert.Equal(0, bytes.AsSpan().IndexOf("second"u8) % 4);
        Assert.Equal(0, FlatBufferWriter.Write(new(new FlatText(new string('x', length)), new FlatTables([]))).Length % 4);
    }

    [Fact]
    public void Position_outside_of_the_metadata_is_refused()
    {
        var whole = FlatBufferWriter.Write(new(new FlatText("text")));
        for (var length = 0; length < whole.Length - 1; length++)
        {
            Assert.Contains("outside the metadata", Refused(() => FlatTable.Root(whole.AsSpan(0, length)).Text(0)), StringComparison.Ordinal);
        }

        var numbers = FlatBufferWriter.Write(new(new FlatStructs([1, 2, 3, 4], 2)));
        for (var length = 0; length < numbers.Length; length++)
        {
            Assert.Contains("outside the metadata", Refused(() => FlatTable.Root(numbers.AsSpan(0, length)).Structs(0, 2)), StringComparison.Ordinal);
        }

        Assert.Equal("text", FlatTable.Root(whole.AsSpan(0, whole.Length - 1)).Text(0)); // without the final zero
        var invalid = FlatBufferWriter.Write(new(new FlatText("text")));
        invalid[invalid.AsSpan().IndexOf("text"u8)] = 0xFF;
        Assert.Contains("not UTF-8", Refused(() => FlatTable.Root(invalid).Text(0)), StringComparison.Ordinal);
    }

    public static TheoryData<int, long[], ArrowElement> Elements => new()
    {
        { 2, [8, 0], ArrowElement.UInt8 }, { 2, [16, 0], ArrowElement.UInt16 }, { 2, [32, 0], ArrowElement.UInt32 }, { 2, [64, 0], ArrowElement.UInt64 },
        { 2, [8, 1], ArrowElement.Int8 }, { 2, [16, 1], ArrowElement.Int16 }, { 2, [32, 1], ArrowElement.Int32 }, { 2, [64, 1], ArrowElement.Int64 },
        { 2, [128, 1], ArrowElement.Other }, { 3, [0], ArrowElement.Float16 }, { 3, [1], ArrowElement.Float32 }, { 3, [2], ArrowElement.Float64 },
        { 3, [3], ArrowElement.Other }, { 5, [], ArrowElement.Text }, { 20, [], ArrowElement.Text }, { 6, [], ArrowElement.Bool },
        { 1, [], ArrowElement.Other }, { 4, [], ArrowElement.Other }, { 19, [], ArrowElement.Other }, { 7, [], ArrowElement.Other },
    };

    [Theory]
    [MemberData(nameof(Elements))]
    public void Type_of_a_field_gives_its_element(int type, long[] detail, ArrowElement element)
    {
        var sizes = type == 2 ? new[] { sizeof(int), 1 } : [sizeof(short)];
        var field = Assert.Single(Schema(Field("x", type, new([.. detail.Select((number, i) => new FlatNumber(number, sizes[i]))]))));
        Assert.Equal(("x", (ArrowType)type, element), (field.Name, field.Type, field.Element));
        Assert.Equal(new ArrowColumn("x", element), field.Column);
    }

    [Theory]
    [InlineData(12, false, 1)]
    [InlineData(16, false, 1)]
    [InlineData(21, true, 1)]
    [InlineData(17, false, 0)] // a map is not an array
    public void Lists_have_one_element_type(int type, bool isLarge, int rank)
    {
        var item = Field("item", 6, new());
        var field = Assert.Single(Schema(Field("x", type, new(new FlatNumber(3, 4)), item)));
        Assert.Equal((isLarge, rank == 1, type == 16 ? 3 : 0), (field.IsLarge, field.IsList, field.ListSize));
        Assert.Equal(new ArrowColumn("x", rank == 1 ? ArrowElement.Bool : ArrowElement.Other, rank), field.Column);
        foreach (var children in new FlatNewTable[][] { [], [item, item] })
        {
            Assert.Contains("list without an element type", Refused(() => Schema(Field("x", type, new(), children))), StringComparison.Ordinal);
        }

        Assert.Equal(2, Assert.Single(Schema(Field("x", 13, new(), item, item))).Children.Count);
        Assert.Contains("list without", Refused(() => Schema(Field("x", 16, new(new FlatNumber(-1, 4)), item))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(14)]
    [InlineData(22)]
    public void Unsupported_type_is_named(int type) =>
        Assert.Contains($"'x' has the unsupported type {type} ", Refused(() => Schema(Field("x", type, new()))), StringComparison.Ordinal);

    [Fact]
    public void Number_and_depth_of_fields_are_limited()
    {
        Assert.Equal(10_000, Schema([.. Enumerable.Repeat(Field("x", 6, new()), 10_000)]).Count);
        Assert.Contains("more than 10000 fields", Refused(() => Schema([.. Enumerable.Repeat(Field("x", 6, new()), 10_001)])), StringComparison.Ordinal);
        var structure = Field("x", 13, new(), [.. Enumerable.Repeat(Field("x", 6, new()), 9_999)]);
        Assert.Single(Schema(structure));
        Assert.Contains("more than 10000 fields", Refused(() => Schema(structure, Field("x", 6, new()))), StringComparison.Ordinal);
        Assert.Equal(30, Schema(Nested(30))[0].Column.Rank);
        Assert.Contains("more than 32 levels", Refused(() => Schema(Nested(31))), StringComparison.Ordinal);

        static FlatNewTable Nested(int depth) => Enumerable.Range(0, depth).Aggregate(Field("x", 6, new()), (inner, _) => Field("x", 12, new(), inner));
    }

    private static FlatNewTable Field(string name, int type, FlatNewTable detail, params FlatNewTable[] children) =>
        new(new FlatText(name), new FlatNumber(1, 1), new FlatNumber(type, 1), detail, null, new FlatTables(children));

    private static IReadOnlyList<ArrowField> Schema(params FlatNewTable[] fields) =>
        ArrowField.ReadSchema(FlatTable.Root(FlatBufferWriter.Write(new(null, new FlatTables(fields)))));

    private static string Refused(Action action) => Assert.Throws<InvalidDataException>(action).Message;

    private static string Refused(Func<object?> action) => Assert.Throws<InvalidDataException>(action).Message;
}
