using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Arrow;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Formats.Arrow;

/// <summary>Uses files written by Apache's JavaScript library and a Python script: tests/reference/arrow_golden.mjs and arrow_golden.py.</summary>
public sealed class ArrowForeignTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Columns_are_listed_with_their_element_types_and_ranks()
    {
        using var dataset = ArrowDataset.Open(Golden("foreign"));
        Assert.Equal(3, dataset.Count);
        Assert.Equal(
            [
                new("video_file", ArrowElement.Text), new("latents", ArrowElement.Int64, 3), new("states", ArrowElement.Float32, 2),
                new("half", ArrowElement.Float16, 1), new("double", ArrowElement.Float64, 1), new("pair", ArrowElement.Int16, 1),
                new("u8", ArrowElement.UInt8), new("u16", ArrowElement.UInt16, 1), new("u32", ArrowElement.UInt32),
                new("u64", ArrowElement.UInt64), new("i8", ArrowElement.Int8), new("flags", ArrowElement.Bool, 1),
                new("ragged", ArrowElement.Int32, 2), new("holes", ArrowElement.Int32, 1), new("long_text", ArrowElement.Text),
                new("when", ArrowElement.Other), new("inside", ArrowElement.Other), new("word", ArrowElement.Other),
                new("last", ArrowElement.Int32),
            ],
            dataset.Columns);
        Assert.True(dataset.HasColumn("latents"));
        Assert.False(dataset.HasColumn("video_latent_states"));
    }

    [Theory]
    [InlineData("foreign")]
    [InlineData("foreign_file")]
    public void Texts_and_arrays_are_read_from_the_stream_and_the_file_format(string name)
    {
        using var dataset = ArrowDataset.Open(Golden(name));
        Assert.Equal(["clip 0 é", "clip 1 é", null], Enumerable.Range(0, 3).Select(row => dataset.ReadText(row, "video_file")));
        for (var row = 0; row < 3; row++)
        {
            var latents = dataset.ReadTensor(row, "latents")!;
            Assert.Equal(ScalarType.Int64, latents.dtype);
            Assert.Equal([2, 2, row + 1], latents.shape);
            Assert.Equal(Enumerable.Range(100 * row, 4 * (row + 1)).Select(n => (long)n), latents.data<long>().ToArray());
            Assert.Equal(row, dataset.ReadTensor(row, "last")!.item<int>());
        }
    }

    [Fact]
    public void Numbers_of_every_type_are_read()
    {
        using var dataset = ArrowDataset.Open(Golden("foreign"));
        Check("states", ScalarType.Float32, [2, 3], [1.5, 2.5, 3.5, 4.5, 5.5, 6.5]);
        Check("half", ScalarType.Float16, [2], [0.5, 1.5]);
        Check("double", ScalarType.Float64, [2], [1.25, 2.25]);
        Check("pair", ScalarType.Int16, [2], [-5, -4]);
        Check("u8", ScalarType.Byte, [], [251]);
        Check("u16", ScalarType.Int32, [2], [65534, 1]);
        Check("u32", ScalarType.Int64, [], [4294967294]);
        Check("u64", ScalarType.Int64, [], [3]);
        Check("i8", ScalarType.Int8, [], [-127]);
        Check("flags", ScalarType.Bool, [3], [0, 1, 0]);
        Assert.Equal(["", "x", "xx"], Enumerable.Range(0, 3).Select(row => dataset.ReadText(row, "long_text")));

        void Check(string column, ScalarType type, long[] shape, double[] numbers)
        {
            var found = dataset.ReadTensor(1, column)!;
            Assert.Equal((column, type), (column, found.dtype));
            Assert.Equal(shape, found.shape);
            Assert.Equal(numbers, found.to(ScalarType.Float64).data<double>().ToArray());
        }
    }

    [Fact]
    public void Large_lists_and_arrays_of_an_extension_type_are_read()
    {
        using var dataset = ArrowDataset.Open(Golden("large"));
        Assert.Equal([new("latents", ArrowElement.Int64, 2), new("array", ArrowElement.Float32, 2)], dataset.Columns);
        Assert.Equal([2, 1], dataset.ReadTensor(1, "latents")!.shape);
        Assert.Equal([0L, 1], dataset.ReadTensor(1, "latents")!.data<long>().ToArray());
        Assert.Equal([2, 3], dataset.ReadTensor(1, "array")!.shape);
        Assert.Equal([1.5f, 1.75f, 2, 2.25f, 2.5f, 2.75f], dataset.ReadTensor(1, "array")!.data<float>().ToArray());
    }

    [Fact]
    public void Missing_value_is_null_and_a_non_array_is_refused_with_column_and_row()
    {
        using var dataset = ArrowDataset.Open(Golden("foreign"));
        Assert.Null(dataset.ReadTensor(2, "states"));
        foreach (var (column, reason) in new[] { ("ragged", "different lengths"), ("holes", "missing"), ("when", "not contain numbers"), ("video_file", "not contain numbers") })
        {
            var error = Assert.Throws<TinySoraException>(() => dataset.ReadTensor(1, column));
            Assert.Equal("TinySora.Data.ArrowValueUnusable", error.Id);
            Assert.Contains($"column '{column}' in row 1", error.Message, StringComparison.Ordinal);
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        }

        Assert.Contains("not text", Assert.Throws<TinySoraException>(() => dataset.ReadText(0, "last")).Message, StringComparison.Ordinal);
        var missing = Assert.Throws<TinySoraException>(() => dataset.ReadText(0, "caption"));
        Assert.Equal("TinySora.Data.ArrowColumnMissing", missing.Id);
        Assert.Contains("video_file, latents", missing.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(long.MinValue / 2)] // no tensor is that large
    [InlineData(-2)]
    public void List_that_starts_before_its_elements_is_refused(long begin)
    {
        const int FirstList = 1008; // offset of the first inner list in 'latents', one of two lists of lists
        var file = File.ReadAllBytes(Golden("large"));
        BitConverter.GetBytes(begin).CopyTo(file, FirstList);
        File.WriteAllBytes(folder.File("a.arrow"), file);
        using var dataset = ArrowDataset.Open(folder.File("a.arrow"));
        var error = Assert.Throws<TinySoraException>(() => dataset.ReadTensor(0, "latents"));
        Assert.Equal("TinySora.Data.ArrowValueUnusable", error.Id);
        Assert.Contains("its lists extend beyond their elements", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("compressed", "ZSTD")]
    [InlineData("big_endian", "big-endian")]
    public void Unsupported_features_are_refused_by_name(string name, string found)
    {
        var error = Assert.Throws<TinySoraException>(() => ArrowDataset.Open(Golden(name)));
        Assert.Equal("TinySora.Data.ArrowUnreadable", error.Id);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_and_empty_files_are_not_Arrow_files()
    {
        foreach (var content in new[] { "", "clip,caption\na.gif,a red circle", new string('\0', 64) })
        {
            File.WriteAllText(folder.File("a.arrow"), content);
            Assert.Equal("TinySora.Data.ArrowUnreadable", Assert.Throws<TinySoraException>(() => ArrowDataset.Open(folder.File("a.arrow"))).Id);
        }
    }

    private static string Golden(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", "Arrow", $"{name}.arrow");
}
