using System.Text.Json.Nodes;
using TinySora.Engine.Formats.Arrow;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Formats.Arrow;

/// <summary>Element types and folders that the writer creates.</summary>
public sealed class ArrowWriterTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    public static TheoryData<ArrowElement> Numbers =>
    [
        ArrowElement.Int8, ArrowElement.Int16, ArrowElement.Int32, ArrowElement.Int64, ArrowElement.UInt8, ArrowElement.Float16, ArrowElement.Float32,
        ArrowElement.Float64,
    ];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Numbers_of_every_type_are_written(ArrowElement element)
    {
        var numbers = tensor(new[] { 1, 2, 100 }).to(ArrowArray.Formats[element].Type);
        using (var writer = ArrowDatasetWriter.Create(folder.File("a"), [new("one", element), new("list", element, 1)]))
        {
            writer.Add(numbers[2], numbers);
            writer.Add(numbers[0], numbers.narrow(0, 1, 1));
            writer.Complete();
        }

        using var dataset = ArrowDataset.Open(folder.File("a"));
        Assert.Equal([new("one", element), new("list", element, 1)], dataset.Columns);
        Assert.Equal([100f], Values(0, "one"));
        Assert.Equal([1f], Values(1, "one"));
        Assert.Equal([1f, 2, 100], Values(0, "list"));
        Assert.Equal([2f], Values(1, "list"));
        var info = File.ReadAllText(folder.File("a", "dataset_info.json"));
        Assert.Contains($"\"dtype\": \"{element.ToString().ToLowerInvariant()}\"", info, StringComparison.Ordinal);

        float[] Values(long row, string column) => dataset.ReadTensor(row, column)!.to(ScalarType.Float32).data<float>().ToArray();
    }

    [Theory]
    [InlineData(ArrowElement.Text, 1)]
    [InlineData(ArrowElement.Bool, 0)]
    [InlineData(ArrowElement.UInt16, 0)]
    [InlineData(ArrowElement.Other, 0)]
    [InlineData(ArrowElement.Int32, -1)]
    public void Columns_that_cannot_be_written_are_refused(ArrowElement element, int rank)
    {
        var error = Assert.Throws<ArgumentException>(() => ArrowDatasetWriter.Create(folder.File("a"), [new("x", element, rank)]));
        Assert.Contains($"{element} with rank {rank}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Datasets_with_different_contents_have_different_fingerprints()
    {
        Assert.Equal(3, new[] { Fingerprint("a", 1), Fingerprint("b", 2), Fingerprint("c", 3), Fingerprint("d", 1) }.Distinct().Count());

        string Fingerprint(string name, int value)
        {
            using (var writer = ArrowDatasetWriter.Create(folder.File(name), [new("n", ArrowElement.Int32)]))
            {
                writer.Add(tensor(value));
                writer.Complete();
            }

            return (string)JsonNode.Parse(File.ReadAllText(folder.File(name, "state.json")))!["_fingerprint"]!;
        }
    }

    /// <summary>The folder is complete when it gets its name, including files that the caller adds.</summary>
    [Fact]
    public void Complete_folder_is_passed_to_the_caller_before_it_is_named()
    {
        using var writer = ArrowDatasetWriter.Create(folder.File("a") + Path.DirectorySeparatorChar, [new("n", ArrowElement.Int32)], description: "text");
        writer.Complete(partial =>
        {
            var names = Directory.GetFiles(partial).Select(Path.GetFileName).Order(StringComparer.Ordinal);
            Assert.Equal(["data-00000-of-00001.arrow", "dataset_info.json", "state.json"], names);
            Assert.False(Directory.Exists(folder.File("a")));
            File.WriteAllText(Path.Combine(partial, "more.txt"), "");
        });
        Assert.True(File.Exists(folder.File("a", "more.txt")));
        Assert.Equal("text", ArrowDataset.DescriptionOf(folder.File("a")));
        Assert.Equal("text", ArrowDataset.DescriptionOf(folder.File("a", "data-00000-of-00001.arrow")));
    }
}
