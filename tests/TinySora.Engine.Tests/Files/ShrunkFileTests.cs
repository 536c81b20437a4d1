using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Frames;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.Arrow;
using TinySora.Engine.Formats.Numpy;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Latents;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Latents;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Files;

/// <summary>Files that another program truncates or replaces while they are open; with memory mapping, this would end the process (SIGBUS).</summary>
public sealed class ShrunkFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void No_file_is_memory_mapped() => Assert.DoesNotContain(
        new[] { "TinySora.Engine", "TinySora.PowerShell" }.SelectMany(part => Repository.Sources(part, ".cs")),
        name => File.ReadAllText(Repository.At(name)).Contains("MemoryMappedFiles", StringComparison.Ordinal));

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(2000)]
    public void Weights_truncated_while_open_are_a_clear_error(int length)
    {
        var path = folder.File("a.safetensors");
        Write(path, 1000);
        using var file = SafetensorsFile.Open(path);
        Cut(path, length);
        Check("TinySora.Checkpoint.Changed", path, () => file.Read("b").Dispose());
    }

    /// <summary>As cp does it: the same file with the bytes of another model.</summary>
    [Theory]
    [InlineData("a.safetensors")]
    [InlineData("a.pt")]
    public void Weights_overwritten_while_open_are_a_clear_error_instead_of_a_mixture(string name)
    {
        var path = folder.File(name);
        Write(path, 1000);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(-1));
        using var file = TensorFile.Open(path);
        file.Tensors["a"].Read().Dispose();
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        using (var other = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            other.Write(bytes);
        }

        Check("TinySora.Checkpoint.Changed", path, () => file.Tensors["b"].Read().Dispose());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void PyTorch_weights_truncated_while_open_are_a_clear_error(bool isFirst)
    {
        var path = folder.File("a.pt");
        Write(path, 100_000);
        using var file = PyTorchFile.Open(path);
        Cut(path, 1000);
        Check("TinySora.Checkpoint.Damaged", path, () => file.Tensors[isFirst ? "a" : "b"].Read().Dispose());
    }

    [Fact]
    public void Arrays_truncated_while_open_are_a_clear_error()
    {
        var path = folder.File("a.npy");
        NpyFile.Write(path, ones(50, 100));
        using var file = NpyArray.Open(path);
        Cut(path, 10_000);
        using var first = file.Read(0, 10);
        Check("TinySora.Data.NpyUnreadable", path, () => file.Read(40, 1).Dispose());
    }

    [Theory]
    [InlineData(10)]
    [InlineData(3000)]
    public void Arrow_parts_truncated_while_open_are_a_clear_error(int length)
    {
        using (var writer = ArrowDatasetWriter.Create(folder.File("part"), [new("tokens", ArrowElement.Int64, 1)]))
        {
            for (var row = 0; row < 20; row++)
            {
                using var tokens = arange(100);
                writer.Add(tokens);
            }

            writer.Complete();
        }

        using var dataset = ArrowDataset.Open(folder.File("part"));
        var path = Directory.GetFiles(folder.File("part"), "*.arrow").Single();
        Cut(path, length);
        Check("TinySora.Data.ArrowUnreadable", path, () => dataset.ReadTensor(19, "tokens")!.Dispose());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    public void Decoded_clips_truncated_during_training_are_a_clear_error_and_rebuilt_by_the_next_run(int length)
    {
        WriteClips();
        var needs = new ClipRequirements(new ClipShape(3, 2, 8), new ClipKeys("height", "width", "frames"));
        using (var data = ClipDataset.Open(folder.Path, needs))
        {
            var path = Directory.GetFiles(folder.File(".tinysora"), "clips-*").Single();
            Cut(path, length);
            Check("TinySora.Data.StoreUnreadable", path, () => data.GetBatch([0, 1, 2], CPU).Dispose());
        }

        using var again = ClipDataset.Open(folder.Path, needs);
        using var batch = again.GetBatch([0, 1, 2], CPU);
        Assert.True(batch.Clips.isfinite().all().item<bool>());
    }

    [Fact]
    public void Decoded_frames_truncated_during_training_are_a_clear_error()
    {
        WriteClips();
        using var data = FrameExamples.Open(folder.Path, new FrameShape(3, 8, 8), null, CancellationToken.None);
        var path = Directory.GetFiles(folder.File(".tinysora"), "videos-*").Single();
        Cut(path, 0);
        Check("TinySora.Data.StoreUnreadable", path, () => data.Get([new(0, 0), new(5, 0)], CPU).Dispose());
    }

    [Fact]
    public void Latents_truncated_during_training_are_a_clear_error()
    {
        using var toy = new ToyCodec();
        using var model = toy.Open();
        using var latents = LatentFolder.Open(model, toy.Data, LatentKind.Latents, new ClipShape(3, 4, 16));
        var path = Directory.GetFiles(Path.Combine(toy.Data, ".tinysora"), "latents-*").Single();
        Cut(path, 0);
        Check("TinySora.Data.StoreUnreadable", path, () => latents.Read(0).Dispose());
    }

    private static void Check(string id, string path, Action read)
    {
        var error = Assert.Throws<TinySoraException>(read);
        Assert.Equal(id, error.Id);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Advice);
    }

    private static void Cut(string path, int length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        file.SetLength(length);
    }

    /// <summary>Writes a file with two tensors.</summary>
    private static void Write(string path, long count)
    {
        using var numbers = ones(count);
        if (path.EndsWith(".pt", StringComparison.Ordinal))
        {
            PyTorchFile.Write(path, new[] { "a", "b" }.ToDictionary(name => name, object (_) => new StoredTensor(ScalarType.Float32, [count], () => ones(count))));
        }
        else
        {
            SafetensorsFile.Write(path, new Dictionary<string, string>(), [("a", numbers), ("b", numbers)]);
        }
    }

    private void WriteClips()
    {
        for (var i = 0; i < 3; i++)
        {
            ClipFile.Write(folder.File($"{i}.gif"), Clip.Black(2, 8, 8, 3));
        }
    }
}
