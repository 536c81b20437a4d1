using System.Diagnostics;
using System.Text.Json;
using TinySora.Engine.Formats.Arrow;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Formats.Arrow;

/// <summary>
/// Exchange with Hugging Face's datasets and its backend pyarrow, if Python has them: each reads the other side's files. Without them,
/// <see cref="ArrowDatasetTests"/> and <see cref="ArrowForeignTests"/> compare with bytes that other implementations read and wrote.
/// </summary>
public sealed class ArrowLibraryTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("datasets")]
    [InlineData("pyarrow")]
    public void Library_reads_the_files_of_TinySora(string library)
    {
        Needs.PythonModule(library);
        using (var writer = ArrowDatasetWriter.Create(
            folder.File("ours"),
            [new("video_file", ArrowElement.Text), new("video_latent_states", ArrowElement.Int64, 3), new("text_latent_states", ArrowElement.Float32, 2)]))
        {
            for (var n = 0; n < 3; n++)
            {
                writer.Add($"clip {n} é.mp4", Latents(n), States(n));
            }

            writer.Complete();
        }

        using var output = JsonDocument.Parse(Run(library, "read", folder.File("ours")));
        var rows = output.RootElement.GetProperty("rows");
        for (var n = 0; n < 3; n++)
        {
            Assert.Equal($"clip {n} é.mp4", rows.GetProperty("video_file")[n].GetString());
            Assert.Equal(Latents(n).data<long>().ToArray().Select(number => (double)number), Numbers(rows.GetProperty("video_latent_states")[n]));
            Assert.Equal(n + 1, rows.GetProperty("video_latent_states")[n].GetArrayLength());
            Assert.Equal(States(n).data<float>().ToArray().Select(number => (double)number), Numbers(rows.GetProperty("text_latent_states")[n]));
        }

        Assert.Contains("int64", output.RootElement.GetProperty("features").GetProperty("video_latent_states").GetString(), StringComparison.Ordinal);
        Assert.Contains("float", output.RootElement.GetProperty("features").GetProperty("text_latent_states").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("datasets")]
    [InlineData("pyarrow")]
    public void TinySora_reads_the_files_of_the_library(string library)
    {
        Needs.PythonModule(library);
        Run(library, "write", folder.File("theirs"));
        using var dataset = ArrowDataset.Open(folder.File("theirs"));
        Assert.Equal(3, dataset.Count);
        for (var n = 0; n < 3; n++)
        {
            Assert.Equal($"clip {n} é.mp4", dataset.ReadText(n, "video_file"));
            Check(Latents(n), dataset.ReadTensor(n, "video_latent_states")!);
            Check(States(n), dataset.ReadTensor(n, "text_latent_states")!);
        }

        static void Check(Tensor expected, Tensor actual)
        {
            Assert.Equal((expected.dtype, string.Join(',', expected.shape)), (actual.dtype, string.Join(',', actual.shape)));
            Assert.True(expected.eq(actual).all().item<bool>());
        }
    }

    /// <summary>Shape (n + 1, 1, 2), as in the script.</summary>
    private static Tensor Latents(int n) => (100 * n) + (10 * arange(n + 1, ScalarType.Int64).view(-1, 1, 1)) + arange(2, ScalarType.Int64).view(1, 1, 2);

    /// <summary>Shape (2, 3), with values that float32 represents exactly.</summary>
    private static Tensor States(int n) => n + (arange(2, ScalarType.Float32).view(2, 1) / 4) + (arange(3, ScalarType.Float32) / 16);

    private static IEnumerable<double> Numbers(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().SelectMany(Numbers) : [value.GetDouble()];

    private static string Run(string library, string action, string path)
    {
        using var process = Process.Start(new ProcessStartInfo(Needs.Python!, [Repository.At("tests", "reference", "arrow_library.py"), library, action, path])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = System.Text.Encoding.UTF8,
        })!;
        var problem = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, problem.Result);
        return output;
    }
}
