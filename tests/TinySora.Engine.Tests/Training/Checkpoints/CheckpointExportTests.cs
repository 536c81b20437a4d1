using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Generation;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Export;
using TinySora.Engine.Training.Results;
using static TinySora.Engine.Tests.Training.Checkpoints.PublishedFile;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>Uses a run with a learned text encoder, which the published code does not have.</summary>
public sealed class CheckpointExportTests : IClassFixture<CheckpointExportTests.Trained>
{
    private readonly TinyRun run;
    private readonly CheckpointInfo checkpoint;

    public CheckpointExportTests(Trained trained) => (run, checkpoint) = (trained.Run, trained.Checkpoint);

    [Fact]
    public void Safetensors_export_has_one_set_of_weights_under_the_published_names()
    {
        var averaged = Export(ExportFormat.Safetensors, "averaged.safetensors");
        var training = run.File("training.safetensors");
        CheckpointExport.Write(checkpoint.Path, training, ExportFormat.Safetensors, CheckpointWeights.Training);

        var (source, exported) = (Tensors(checkpoint.Path), Tensors(averaged));
        Assert.Equal(source["ema.denoise_fn.init_conv.weight"], exported["denoise_fn.init_conv.weight"]);
        Assert.Equal(source["model.denoise_fn.init_conv.weight"], Tensors(training)["denoise_fn.init_conv.weight"]);
        Assert.Contains("betas", exported.Keys);
        Assert.Contains(exported.Keys, name => name.StartsWith("text.", StringComparison.Ordinal));
        Assert.DoesNotContain(exported.Keys, name => name.StartsWith("model.", StringComparison.Ordinal) || name.StartsWith("optimizer.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(WeightType.BFloat16, "BFloat16")]
    [InlineData(WeightType.Float16, "Float16")]
    public void Half_precision_converts_weights_but_not_constants(WeightType type, string name)
    {
        var target = run.File($"{type}.safetensors");
        CheckpointExport.Write(checkpoint.Path, target, ExportFormat.Safetensors, type: type);
        Assert.All(Tensors(target), tensor => Assert.StartsWith(
            tensor.Key == "betas" || !tensor.Key.Contains('.') || tensor.Key.EndsWith(".freqs", StringComparison.Ordinal) ? "Float32" : name,
            tensor.Value.Shape, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ExportFormat.PyTorch)]
    [InlineData(ExportFormat.Safetensors)]
    [InlineData(ExportFormat.Onnx)]
    public void Value_out_of_range_for_half_precision_is_reported(ExportFormat format)
    {
        var (large, target) = (run.File("large.safetensors"), run.File($"large-{format}"));
        using (var file = SafetensorsFile.Open(checkpoint.Path))
        {
            SafetensorsFile.Write(large, file.Metadata, file.Tensors.Select(
                item => (item.Key, item.Key.EndsWith("init_conv.weight", StringComparison.Ordinal) ? item.Value.Read().fill_(70_000) : item.Value.Read())));
        }

        var error = Assert.Throws<TinySoraException>(() => CheckpointExport.Write(large, target, format, type: WeightType.Float16));
        Assert.Equal("TinySora.Checkpoint.BeyondHalf", error.Id);
        Assert.Contains("init_conv.weight' is 70000", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(target));
        CheckpointExport.Write(large, target, format, type: WeightType.BFloat16);
    }

    [Fact]
    public void Exported_file_alone_generates_videos()
    {
        var full = Generate(checkpoint.Path, "full");
        Assert.Equal(full, Generate(Export(ExportFormat.Safetensors, "same.safetensors"), "same"));

        var half = run.File("half.safetensors");
        CheckpointExport.Write(checkpoint.Path, half, ExportFormat.Safetensors, type: WeightType.BFloat16);
        Assert.NotEmpty(Generate(half, "half"));
        Assert.True(new FileInfo(half).Length < checkpoint.Length / 4);
    }

    [Fact]
    public void Exported_file_imports_with_its_own_configuration_and_vocabulary()
    {
        using var import = CheckpointImport.Open(Export(ExportFormat.PyTorch, "own.pt"), new RunConfig(), keepOwn: true);
        var imported = import.Save(run.File("imported"));

        Assert.Equal(checkpoint.ConfigYaml, imported.ConfigYaml);
        var expected = Tensors(checkpoint.Path).Where(t => !t.Key.StartsWith("optimizer.", StringComparison.Ordinal)).ToDictionary();
        Assert.Equal(expected, Tensors(imported.Path));
        Assert.Equal(Generate(checkpoint.Path, "before"), Generate(imported.Path, "after"));
    }

    [Fact]
    public void Exported_file_can_be_trained_further()
    {
        var results = run.File("again");
        Directory.CreateDirectory(results);
        File.Copy(Export(ExportFormat.Safetensors, "on.safetensors"), Path.Combine(results, "step-00000004.safetensors"));
        var result = run.Train(r => r with { ResultsPath = results, MaxSteps = 5 });
        Assert.Equal(5, result.Step);
        Assert.Contains(run.Observer.Warnings, w => w.Contains("no optimizer state", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ExportFormat.PyTorch, null, "results/model-2.pt")]
    [InlineData(ExportFormat.Safetensors, null, "results/model-2.safetensors")]
    [InlineData(ExportFormat.PyTorch, "results", "results/model-2.pt")]
    [InlineData(ExportFormat.PyTorch, "new", "new/model-2.pt")]
    [InlineData(ExportFormat.PyTorch, "new/a.pth", "new/a.pth")]
    public void Default_file_name_numbers_milestones_as_the_published_code_does(ExportFormat format, string? output, string expected)
    {
        Assert.Equal(4, checkpoint.Step); // Saved every two steps.
        Assert.Equal(run.File(expected), CheckpointExport.TargetPath(checkpoint, format, output is null ? null : run.File(output)));
        Assert.Equal("model-step-5.pt", Path.GetFileName(CheckpointExport.TargetPath(checkpoint with { Step = 5 }, ExportFormat.PyTorch, null)));
    }

    [Fact]
    public void Flow_model_exports_no_noise_schedule()
    {
        var config = TinyRun.Config.With(diffusion: TinyRun.Config.Diffusion with { Objective = Objective.Flow, Sampler = SamplerKind.Euler });
        var flow = run.Train(r => r with { Config = config, ResultsPath = run.File("flow"), MaxSteps = 1 });
        CheckpointExport.Write(flow.Checkpoint, run.File("flow.pt"), ExportFormat.PyTorch);
        Assert.DoesNotContain("model.betas", Tensors(run.File("flow.pt")).Keys);
    }

    private string Export(ExportFormat format, string name)
    {
        CheckpointExport.Write(checkpoint.Path, run.File(name), format);
        return run.File(name);
    }

    private byte[] Generate(string path, string name)
    {
        using var generator = VideoGenerator.Open(path, "cpu");
        var request = new GenerationRequest { Prompt = "a red circle", OutputPath = run.File("out", name), Seed = 5 };
        return Frames(Assert.Single(generator.Generate(request)).Path);
    }

    /// <summary>Pixels only: the recipe in the file names the checkpoint.</summary>
    private static byte[] Frames(string path) => ClipFile.Read(path).Pixels.ToArray();

    public sealed class Trained : IDisposable
    {
        public Trained() => Checkpoint = CheckpointStore.Latest(Run.Train().Checkpoint);

        public CheckpointInfo Checkpoint { get; }

        internal TinyRun Run { get; } = new();

        public void Dispose() => Run.Dispose();
    }
}
