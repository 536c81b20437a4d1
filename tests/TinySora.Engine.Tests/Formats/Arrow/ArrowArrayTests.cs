using TinySora.Engine.Files;
using TinySora.Engine.Formats.Arrow;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Formats.Arrow;

/// <summary>Columns in every layout of Arrow's columnar format, built buffer by buffer.</summary>
public sealed class ArrowArrayTests : IDisposable
{
    private static readonly ArrowField Int32 = new("n", ArrowType.Int, ArrowElement.Int32, 0, []);
    private static readonly ArrowField Bool = new("b", ArrowType.Bool, ArrowElement.Bool, 0, []);
    private static readonly ArrowField Text = new("t", ArrowType.Utf8, ArrowElement.Text, 0, []);
    private static readonly ArrowField Null = new("z", ArrowType.Null, ArrowElement.Other, 0, []);

    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly List<RandomAccessFile> files = [];

    public void Dispose()
    {
        files.ForEach(file => file.Dispose());
        scope.Dispose();
        folder.Dispose();
    }

    /// <summary>A bit of the validity bitmap is 0 for each missing value; the bitmap has one bit per row.</summary>
    [Fact]
    public void Missing_values_are_those_of_the_bitmap()
    {
        var column = Read(Int32, 10, [10, 2], [0b1111_1011, 0b01], Ints(Enumerable.Range(0, 10)));
        Assert.Equal([0, 1, null, 3, 4, 5, 6, 7, 8, null], Enumerable.Range(0, 10).Select(row => column.ReadTensor(row)?.item<int>()));

        // Without missing values, the bitmap may be omitted or contain anything.
        Assert.Equal(2, Read(Int32, 3, [3, 0], [0], Ints([1, 2, 3])).ReadTensor(1)!.item<int>());
        Assert.Equal(2, Read(Int32, 3, [3, 0], [], Ints([1, 2, 3])).ReadTensor(1)!.item<int>());
    }

    [Fact]
    public void Columns_without_buffers_have_their_place_among_the_others()
    {
        var columns = ReadAll([Null, Structure(Int32), Text], 2, [2, 2, 2, 0, 2, 0, 2, 0], [], [], Ints([7, 8]), [], Ints([0, 1, 3]), "abc"u8.ToArray());
        Assert.Null(columns[0].ReadTensor(0));
        Assert.Contains("does not contain numbers", Refused(() => columns[1].ReadTensor(0)), StringComparison.Ordinal);
        Assert.Equal(["a", "bc"], new[] { 0, 1 }.Select(row => columns[2].ReadText(row)));
        Assert.Contains("it is not text", Refused(() => columns[0].ReadText(0)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Lists_are_read_from_their_offsets(bool isLarge)
    {
        var type = isLarge ? ArrowType.LargeList : ArrowType.List;
        var column = Read(List(Int32, type), 3, [3, 1, 6, 0], [0b101], Offsets(isLarge, [0, 2, 2, 5]), [], Ints([1, 2, 3, 4, 5, 6]));
        Assert.Equal([1, 2], Numbers(column.ReadTensor(0)!));
        Assert.Null(column.ReadTensor(1));
        Assert.Equal([3, 4, 5], Numbers(column.ReadTensor(2)!));
    }

    [Fact]
    public void Lists_of_fixed_size_have_no_offsets()
    {
        var column = Read(List(Int32, ArrowType.FixedSizeList, 2), 3, [3, 1, 6, 0], [0b101], [], Ints([1, 2, 3, 4, 5, 6]));
        Assert.Equal([1, 2], Numbers(column.ReadTensor(0)!));
        Assert.Null(column.ReadTensor(1));
        Assert.Equal([5, 6], Numbers(column.ReadTensor(2)!));
        var error = Refused(() => Read(List(Int32, ArrowType.FixedSizeList, 2), 3, [3, 0, 5, 0], [], [], Ints([1, 2, 3, 4, 5])));
        Assert.Contains("has less data", error, StringComparison.Ordinal);
    }

    /// <summary>Offsets are read in pieces of 1024.</summary>
    [Theory]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(2049)]
    public void Long_list_of_lists_is_an_array_if_all_have_the_same_length(int count)
    {
        int[] offsets = [.. Enumerable.Range(0, count + 1).Select(i => 2 * i)];
        var numbers = Ints(Enumerable.Range(0, 2 * count));
        var tensor = Read(List(List(Int32)), 1, [1, 0, count, 0, 2 * count, 0], [], Ints([0, count]), [], Ints(offsets), [], numbers).ReadTensor(0)!;
        Assert.Equal([count, 2], tensor.shape);
        Assert.Equal(Enumerable.Range(0, 2 * count), Numbers(tensor));

        offsets[^2]++;
        var ragged = Read(List(List(Int32)), 1, [1, 0, count, 0, 2 * count, 0], [], Ints([0, count]), [], Ints(offsets), [], numbers);
        Assert.Contains("different lengths", Refused(() => ragged.ReadTensor(0)), StringComparison.Ordinal);

        // Only the last list differs. Of 1025 lists, it is alone in its piece.
        offsets[^2]--;
        offsets[^1]--;
        var shorter = Read(List(List(Int32)), 1, [1, 0, count, 0, 2 * count, 0], [], Ints([0, count]), [], Ints(offsets), [], numbers);
        Assert.Contains("different lengths", Refused(() => shorter.ReadTensor(0)), StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_without_elements_need_no_offsets() =>
        Assert.Equal([0, 0], Read(List(List(Int32)), 1, [1, 0, 0, 0, 0, 0], [], Ints([0, 0]), [], [], [], []).ReadTensor(0)!.shape);

    /// <summary>Validity bits are read in pieces of 1024.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(1100)]
    public void Missing_value_anywhere_in_a_list_is_refused(int missing)
    {
        const int count = 1101;
        byte[] valid = [.. Enumerable.Repeat((byte)255, 138)];
        valid[missing / 8] &= (byte)~(1 << (missing % 8));
        var column = Read(List(Int32), 1, [1, 0, count, 1], [], Ints([0, count]), valid, Ints(Enumerable.Range(0, count)));
        Assert.Contains("some of its values are missing", Refused(() => column.ReadTensor(0)), StringComparison.Ordinal);
    }

    /// <summary>A missing value outside of a row does not matter to the row.</summary>
    [Fact]
    public void Only_the_values_of_the_row_must_be_present()
    {
        var column = Read(List(Int32), 2, [2, 0, 4, 1], [], Ints([0, 2, 4]), [0b0111], Ints([1, 2, 3, 4]));
        Assert.Equal([1, 2], Numbers(column.ReadTensor(0)!));
        Assert.Contains("some of its values are missing", Refused(() => column.ReadTensor(1)), StringComparison.Ordinal);
        var nested = Read(List(List(Int32)), 1, [1, 0, 2, 1, 4, 0], [], Ints([0, 2]), [0b01], Ints([0, 2, 4]), [], Ints([1, 2, 3, 4]));
        Assert.Contains("some of its values are missing", Refused(() => nested.ReadTensor(0)), StringComparison.Ordinal);
    }

    [Fact]
    public void Booleans_are_packed_into_bits_from_any_position()
    {
        var column = Read(List(Bool), 2, [2, 0, 20, 0], [], Ints([0, 3, 20]), [], [0b1010_1101, 0b0101_0101, 0b1100]);
        Assert.Equal([true, false, true], column.ReadTensor(0)!.data<bool>().ToArray());
        Assert.Equal("10101101010100011", string.Concat(column.ReadTensor(1)!.data<bool>().ToArray().Select(bit => bit ? '1' : '0')));
        Assert.Contains("has less data", Refused(() => Read(Bool, 9, [9, 0], [], [255])), StringComparison.Ordinal);
        Assert.True(Read(Bool, 8, [8, 0], [], [0x80]).ReadTensor(7)!.item<bool>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Text_is_read_from_its_offsets(bool isLarge)
    {
        var type = isLarge ? ArrowType.LargeUtf8 : ArrowType.Utf8;
        var column = Read(Text with { Type = type }, 4, [4, 1], [0b1011], Offsets(isLarge, [0, 2, 2, 2, 3]), "üx"u8.ToArray());
        Assert.Equal(["ü", "", null, "x"], Enumerable.Range(0, 4).Select(row => column.ReadText(row)));
        Assert.Contains("not UTF-8", Refused(() => Read(Text, 1, [1, 0], [], Ints([1, 2]), "ü"u8.ToArray()).ReadText(0)), StringComparison.Ordinal);
        Refused(() => Read(Text, 1, [1, 0], [], Ints([0, 4]), "abc"u8.ToArray()).ReadText(0));
        Refused(() => Read(Text, 1, [1, 0], [], Ints([2, 1]), "abc"u8.ToArray()).ReadText(0));
    }

    /// <summary>Each buffer is one byte too short.</summary>
    [Fact]
    public void Column_with_less_data_than_its_length_is_refused()
    {
        Action[] reads =
        [
            () => Read(Int32, 2, [2, 0], [], new byte[7]),
            () => Read(Int32 with { Element = ArrowElement.Int64 }, 2, [2, 0], [], new byte[15]),
            () => Read(Int32, 9, [9, 1], [255], new byte[36]),
            () => Read(Text, 1, [1, 0], [], new byte[7], []),
            () => Read(Text with { Type = ArrowType.LargeUtf8 }, 1, [1, 0], [], new byte[15], []),
            () => Read(Text with { Type = ArrowType.Binary, Element = ArrowElement.Other }, 1, [1, 0], [], new byte[7], []),
            () => Read(Text with { Type = ArrowType.LargeBinary, Element = ArrowElement.Other }, 1, [1, 0], [], new byte[15], []),
            () => Read(List(Int32), 1, [1, 0, 0, 0], [], new byte[7], [], []),
            () => Read(List(Int32, ArrowType.LargeList), 1, [1, 0, 0, 0], [], new byte[15], [], []),
            () => Read(List(Structure(Int32, Int32), ArrowType.Map), 1, [1, 0, 0, 0, 0, 0, 0, 0], [], new byte[7], [], [], [], [], []),
        ];
        Assert.All(reads, read => Assert.Contains("has less data than its length", Refused(read), StringComparison.Ordinal));

        Read(Text with { Type = ArrowType.LargeBinary, Element = ArrowElement.Other }, 1, [1, 0], [], new byte[16], []);
        Read(List(Structure(Int32, Int32), ArrowType.Map), 1, [1, 0, 0, 0, 0, 0, 0, 0], [], new byte[8], [], [], [], [], []);
        Read(List(Int32), 0, [0, 0, 0, 0], [], [], [], []);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(2, -1)]
    [InlineData(2, 3)]
    [InlineData((1L << 48) + 1, 0)]
    public void Impossible_length_is_refused(long length, long nulls) => Assert.Contains(
        $"declares {nulls} missing values in a length of {length}", Refused(() => Read(Null, length, [length, nulls])), StringComparison.Ordinal);

    [Fact]
    public void Batch_must_describe_all_columns_in_its_length()
    {
        Assert.Contains("'n' has 2 rows in a batch of 3", Refused(() => Read(Int32, 3, [2, 0], [], new byte[8])), StringComparison.Ordinal);
        Assert.Contains("fewer columns", Refused(() => ReadAll([Int32, Int32], 2, [2, 0], [], new byte[8])), StringComparison.Ordinal);
        Assert.Contains("fewer columns", Refused(() => Read(Int32, 2, [2, 0], [])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 0, 3 })] // beyond the elements
    [InlineData(new[] { -1, 1 })]
    [InlineData(new[] { 2, 1 })]
    public void List_outside_of_its_elements_is_refused(int[] offsets)
    {
        var column = Read(List(Int32), 1, [1, 0, 2, 0], [], Ints(offsets), [], Ints([1, 2, 3]));
        Refused(() => column.ReadTensor(0));
    }

    [Fact]
    public void List_may_end_with_the_elements() =>
        Assert.Equal([1, 2], Numbers(Read(List(Int32), 1, [1, 0, 2, 0], [], Ints([0, 2]), [], Ints([1, 2])).ReadTensor(0)!));

    private static ArrowField List(ArrowField items, ArrowType type = ArrowType.List, int size = 0) => new("l", type, ArrowElement.Other, size, [items]);

    private static ArrowField Structure(params ArrowField[] fields) => new("s", ArrowType.Struct, ArrowElement.Other, 0, fields);

    private static byte[] Ints(IEnumerable<int> numbers) => [.. numbers.SelectMany(BitConverter.GetBytes)];

    private static byte[] Offsets(bool isLarge, int[] numbers) =>
        isLarge ? [.. numbers.SelectMany(number => BitConverter.GetBytes((long)number))] : Ints(numbers);

    private static int[] Numbers(Tensor tensor) => tensor.data<int>().ToArray();

    private static string Refused(Action action) => Assert.Throws<InvalidDataException>(action).Message;

    private static string Refused(Func<object?> action) => Assert.Throws<InvalidDataException>(action).Message;

    private ArrowArray Read(ArrowField field, long rows, long[] nodes, params byte[][] buffers) => ReadAll([field], rows, nodes, buffers)[0];

    /// <param name="nodes">Length and number of missing values for each array.</param>
    private ArrowArray[] ReadAll(ArrowField[] fields, long rows, long[] nodes, params byte[][] buffers)
    {
        var places = new List<long>();
        foreach (var buffer in buffers)
        {
            places.AddRange([places.Count == 0 ? 0 : places[^2] + places[^1], buffer.Length]);
        }

        var path = folder.File($"{files.Count}.body");
        File.WriteAllBytes(path, [.. buffers.SelectMany(buffer => buffer)]);
        files.Add(RandomAccessFile.Open(path));
        var batch = FlatBufferWriter.Write(new(new FlatNumber(rows, sizeof(long)), new FlatStructs(nodes, 2), new FlatStructs(places, 2)));
        return ArrowArray.ReadBatch(fields, FlatTable.Root(batch), files[^1].Bytes);
    }
}
