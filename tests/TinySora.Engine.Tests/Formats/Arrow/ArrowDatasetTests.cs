using System.Text.Json.Nodes;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Arrow;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Formats.Arrow;

public sealed class ArrowDatasetTests : IDisposable
{
    /// <summary>The columns of MSR-VTT's preprocessing: codebook indices (T, H, W) and text states (S, D).</summary>
    private static readonly ArrowColumn[] Columns =
    [
        new("video_file", ArrowElement.Text), new("video_latent_states", ArrowElement.Int64, 3), new("text_latent_states", ArrowElement.Float32, 2),
    ];

    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Rows_are_read_back_with_their_texts_types_and_shapes()
    {
        Write("part-00000", 5);
        using var dataset = ArrowDataset.Open(folder.File("part-00000"));
        Assert.Equal(Columns, dataset.Columns);
        Assert.Equal(5, dataset.Count);
        for (var row = 4; row >= 0; row--)
        {
            CheckRow(dataset, row, row);
        }
    }

    [Fact]
    public void Bytes_are_those_that_the_Apache_JavaScript_library_has_read()
    {
        // Printed with tests/reference/arrow_golden.mjs and compared with Latents and States by eye.
        Write("part-00000", 2);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "Arrow", "ours.arrow")),
            File.ReadAllBytes(folder.File("part-00000", "data-00000-of-00001.arrow")));
    }

    [Fact]
    public void Folder_has_the_layout_of_Hugging_Face_datasets()
    {
        Write("part-00000", 1, split: "train");
        Assert.Equal(
            ["data-00000-of-00001.arrow", "dataset_info.json", "state.json"],
            Directory.GetFiles(folder.File("part-00000")).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        const string features =
            """{"video_file":{"dtype":"string","_type":"Value"},"video_latent_states":{"feature":{"feature":{"feature":{"dtype":"int64","_type":"Value"},"_type":"Sequence"},"_type":"Sequence"},"_type":"Sequence"},"text_latent_states":{"feature":{"feature":{"dtype":"float32","_type":"Value"},"_type":"Sequence"},"_type":"Sequence"}}""";
        Assert.Equal(features, Json("dataset_info.json")["features"]!.ToJsonString());
        Assert.Contains($$$"""{"info":{"features":{{{features}}}}}""", File.ReadAllText(folder.File("part-00000", "data-00000-of-00001.arrow")), StringComparison.Ordinal);

        var info = Json("dataset_info.json");
        info.Remove("features");
        Assert.Equal("""{"citation":"","description":"","homepage":"","license":""}""", info.ToJsonString());

        var state = Json("state.json");
        Assert.Matches("^[0-9a-f]{16}$", (string)state["_fingerprint"]!);
        state["_fingerprint"] = "f";
        Assert.Equal(
            """{"_data_files":[{"filename":"data-00000-of-00001.arrow"}],"_fingerprint":"f","_format_columns":null,"_format_kwargs":{},"_format_type":null,"_output_all_columns":false,"_split":"train"}""",
            state.ToJsonString());

        JsonObject Json(string name) => JsonNode.Parse(File.ReadAllText(folder.File("part-00000", name)))!.AsObject();
    }

    [Fact]
    public void Many_rows_keep_their_order_across_batches_and_files()
    {
        const int count = 2500;
        using (var writer = ArrowDatasetWriter.Create(folder.File("many"), [new("n", ArrowElement.Int32), new("name", ArrowElement.Text)], bytesPerFile: 10_000))
        {
            for (var i = 0; i < count; i++)
            {
                using var number = tensor(i);
                writer.Add(number, $"clip {i}");
            }

            writer.Complete();
            Assert.Equal(count, writer.Count);
        }

        Assert.Equal(
            ["data-00000-of-00003.arrow", "data-00001-of-00003.arrow", "data-00002-of-00003.arrow"],
            Directory.GetFiles(folder.File("many"), "*.arrow").Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using var dataset = ArrowDataset.Open(folder.File("many"));
        Assert.Equal(Enumerable.Range(0, count).Select(i => $"clip {i}"), Enumerable.Range(0, count).Select(row => dataset.ReadText(row, "name")));
        Assert.All(new[] { 0, 999, 1000, 1999, 2000, 2499 }, row => Assert.Equal(row, dataset.ReadTensor(row, "n")!.item<int>()));
    }

    [Fact]
    public void Parts_are_read_in_order_including_empty_ones()
    {
        Write("part-00000", 2);
        Write("part-00001", 0);
        Write("part-00002", 3);
        using var dataset = ArrowDataset.Open(folder.File("part-00001"), folder.File("part-00000"), folder.File("part-00001"), folder.File("part-00002"));
        Assert.Equal(5, dataset.Count);
        foreach (var (row, number) in new[] { (0, 0), (1, 1), (2, 0), (3, 1), (4, 2) })
        {
            CheckRow(dataset, row, number);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.ReadText(5, "video_file"));
        var error = Assert.Throws<TinySoraException>(() => dataset.ReadTensor(3, "video_file"));
        Assert.Contains("in row 1", error.Message, StringComparison.Ordinal); // of its part
    }

    [Fact]
    public void Closed_dataset_cannot_be_read()
    {
        Write("part-00000", 1);
        var dataset = ArrowDataset.Open(folder.File("part-00000"));
        dataset.Dispose();
        Assert.Throws<ObjectDisposedException>(() => dataset.ReadText(0, "video_file"));
    }

    [Fact]
    public void Parts_with_other_columns_are_refused()
    {
        Write("part-00000", 1);
        using (var writer = ArrowDatasetWriter.Create(folder.File("other"), [new("video_file", ArrowElement.Text)]))
        {
            writer.Complete();
        }

        var error = Assert.Throws<TinySoraException>(() => ArrowDataset.Open(folder.File("part-00000"), folder.File("other")));
        Assert.Equal("TinySora.Data.OtherArrowColumns", error.Id);
    }

    [Fact]
    public void Empty_and_non_contiguous_arrays_are_written()
    {
        using (var writer = ArrowDatasetWriter.Create(folder.File("a"), [new("x", ArrowElement.Float32, 2)]))
        {
            writer.Add(arange(6, ScalarType.Float32).view(2, 3).transpose(0, 1));
            writer.Add(zeros([0, 3]));
            writer.Add(zeros([2, 0]));
            writer.Complete();
        }

        using var dataset = ArrowDataset.Open(folder.File("a"));
        Assert.Equal([0f, 3, 1, 4, 2, 5], dataset.ReadTensor(0, "x")!.data<float>().ToArray());
        Assert.Equal([3, 2], dataset.ReadTensor(0, "x")!.shape);
        Assert.Equal([0, 0], dataset.ReadTensor(1, "x")!.shape);
        Assert.Equal([2, 0], dataset.ReadTensor(2, "x")!.shape);
    }

    [Fact]
    public void Value_that_does_not_fit_its_column_is_refused_with_the_column()
    {
        using var writer = ArrowDatasetWriter.Create(folder.File("a"), Columns);
        var error = Assert.Throws<ArgumentException>(() => writer.Add("a.mp4", Latents(0), zeros([2])));
        Assert.Matches("text_latent_states.* with 1 axes", error.Message);
        Assert.ThrowsAny<ArgumentException>(() => writer.Add("a.mp4", Latents(0)));
    }

    [Fact]
    public void Incomplete_write_leaves_nothing_and_the_remains_of_a_crash_are_replaced()
    {
        Directory.CreateDirectory(folder.File("a.partial"));
        File.WriteAllText(folder.File("a.partial", "0.arrow"), "half");
        using (var writer = ArrowDatasetWriter.Create(folder.File("a"), Columns))
        {
            writer.Add("a.mp4", Latents(0), States(0));
        }

        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Existing_folder_is_kept()
    {
        Directory.CreateDirectory(folder.File("a"));
        Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => ArrowDatasetWriter.Create(folder.File("a"), Columns)).Id);
    }

    [Theory]
    [InlineData("""{"_data_files":[{"filename":"../a.arrow"}]}""", "../a.arrow")]
    [InlineData("""{"_data_files":[{"filename":"data.arrow"}],"_indices_data_files":[{"filename":"i.arrow"}]}""", "flatten_indices")]
    [InlineData("""{"_data_files":[{"filename":"/a.arrow"}]}""", "/a.arrow")]
    [InlineData("""{"_data_files":[{"filename":""}]}""", "is not a file name in this folder")]
    [InlineData("""{"_data_files":[{"filename":".."}]}""", "is not a file name in this folder")]
    [InlineData("""{"_data_files":[{"filename":"."}]}""", "is not a file name in this folder")]
    [InlineData("""{"_data_files":[{"filename":null}]}""", "is not a file name in this folder")]
    [InlineData("""{"_data_files":[{}]}""", "state.json")]
    [InlineData("""{"_data_files":[{"filename":7}]}""", "state.json")]
    [InlineData("[1]", "state.json")]
    [InlineData("no JSON", "state.json")]
    [InlineData(null, "no state.json")]
    public void Folder_that_is_not_a_dataset_is_refused(string? state, string found)
    {
        Assert.Contains("does not exist", Assert.Throws<TinySoraException>(() => ArrowDataset.Open(folder.File("b"))).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(folder.File("a"));
        if (state != null)
        {
            File.WriteAllText(folder.File("a", "state.json"), state);
        }

        var error = Assert.Throws<TinySoraException>(() => ArrowDataset.Open(folder.File("a")));
        Assert.Equal("TinySora.Data.NoArrowDataset", error.Id);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"description\":\"text\"}", "text")]
    [InlineData("{\"description\":\"\\ud800\"}", "")]
    [InlineData("{\"\\ud800\":1,\"description\":\"text\"}", "")]
    [InlineData("{\"a\":1,\"a\":2,\"description\":\"text\"}", "")]
    [InlineData("{\"description\":7}", "")]
    [InlineData("[]", "")]
    [InlineData("no JSON", "")]
    public void Description_of_a_dataset_is_read_if_it_is_valid(string info, string description)
    {
        File.WriteAllText(folder.File("dataset_info.json"), info);
        Assert.Equal(description, ArrowDataset.DescriptionOf(folder.Path));
    }

    private void Write(string name, int rows, string? split = null)
    {
        using var writer = ArrowDatasetWriter.Create(folder.File(name), Columns, split);
        for (var i = 0; i < rows; i++)
        {
            writer.Add($"video{i} ü.mp4", Latents(i), States(i));
        }

        writer.Complete();
    }

    private static void CheckRow(ArrowDataset dataset, int row, int number)
    {
        Assert.Equal($"video{number} ü.mp4", dataset.ReadText(row, "video_file"));
        var (latents, states) = (dataset.ReadTensor(row, "video_latent_states")!, dataset.ReadTensor(row, "text_latent_states")!);
        Assert.Equal([1 + number, 2, 3], latents.shape);
        Assert.Equal(Latents(number).data<long>().ToArray(), latents.data<long>().ToArray());
        Assert.Equal([2 + number, 4], states.shape);
        Assert.Equal(States(number).data<float>().ToArray(), states.data<float>().ToArray());
    }

    private static Tensor Latents(int row) => arange(6 * (1 + row), ScalarType.Int64).view(1 + row, 2, 3).add(100 * row);

    private static Tensor States(int row) => arange(4 * (2 + row), ScalarType.Float32).view(2 + row, 4).add(row + 0.5);
}
