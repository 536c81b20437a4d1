using TinySora.Engine.Families;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Layers;
using TinySora.Engine.Runs;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Cost;
using TinySora.Engine.Training.Export;
using TinySora.Engine.Training.Results;
using TinySora.Engine.Training.Sinks;
using TorchSharp;

namespace TinySora.Engine.Tests.Training.Cost;

/// <summary>The FLOP count that a run records.</summary>
public sealed class TrainingFlopsTests : IDisposable
{
    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    /// <summary>Text is left out because its length varies between batches. Without it every step costs as much as the measurement predicts.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Recorded_FLOPs_are_the_measured_cost_of_each_step_added_up(int every)
    {
        var config = TinyRun.Config.With(model: TinyRun.Config.Model with { TextEncoder = TextEncoderKind.None, CondDim = null });
        config = config with { Trainer = config.Trainer with { GradientAccumulateEvery = every } };
        var step = TrainingMeter.Measure(config, "tiny", "cpu", 1, CancellationToken.None).StepFlops!.Value / FlopCounter.Tera;

        run.Train(request => request with { Config = config });
        var steps = MetricsFile.Read(run.Results);
        Assert.Equal(4, steps.Count);
        Assert.All(steps, record => Assert.Equal(record.Step * step, record.Tflop!.Value, 1e-9));
        Assert.Equal(steps[^1].Tflop, CheckpointStore.Latest(run.Results).Tflop);
        Assert.Equal(steps[^1].Tflop, Assert.Single(RunComparison.Of([run.Results])).Tflop);
        Assert.Contains("\"tflop\":", File.ReadLines(Path.Combine(run.Results, MetricsFile.Name)).First(), StringComparison.Ordinal);
    }

    [Fact]
    public void Resumed_run_records_the_same_FLOPs_as_an_uninterrupted_one()
    {
        run.Train(request => request with { ResultsPath = run.File("whole") });
        run.Train(request => request with { MaxSteps = 1 });
        run.Train(request => request with { MaxSteps = 3 });
        run.Train();
        Assert.Equal(Told(run.File("whole")), Told(run.Results));
        Assert.All(Told(run.Results), tflop => Assert.True(tflop > 0));
    }

    [Fact]
    public void Run_initialized_from_a_checkpoint_includes_its_FLOPs()
    {
        run.Train();
        var before = CheckpointStore.Latest(run.Results).Tflop!.Value;
        run.Train(request => request with { InitialCheckpoint = run.Results, ResultsPath = run.File("tuned"), MaxSteps = 1 });
        var first = Told(run.File("tuned"))[0]!.Value;
        Assert.InRange(first, before * 1.1, before * 1.5); // one more step
    }

    /// <summary>Checkpoints of earlier versions have no count, and a partial one would look like the whole.</summary>
    [Fact]
    public void Run_resumed_from_a_checkpoint_without_FLOPs_records_none()
    {
        var path = run.Train(request => request with { MaxSteps = 2 }).Checkpoint!;
        Rewrite(path);
        Assert.Null(CheckpointStore.Latest(run.Results).Tflop);
        run.Train();
        Assert.Equal([true, true, false, false], Told(run.Results).Select(tflop => tflop is not null));
        Assert.Null(CheckpointStore.Latest(run.Results).Tflop);
        Assert.Null(Assert.Single(RunComparison.Of([run.Results])).Tflop);
    }

    [Fact]
    public void Import_keeps_the_FLOPs_of_TinySora_files_and_none_for_third_party_ones()
    {
        var trained = run.Train();
        CheckpointExport.Write(trained.Checkpoint!, run.File("own.pt"), ExportFormat.PyTorch);
        using (var own = CheckpointImport.Open(run.File("own.pt"), TinyRun.Config, keepOwn: true))
        {
            Assert.Equal(CheckpointStore.Latest(run.Results).Tflop, own.Save(run.File("own")).Tflop);
        }

        using var checkpoint = Checkpoint.Open(trained.Checkpoint!);
        var config = TinyRun.Config.With(model: TinyRun.Config.Model with { TextEncoder = TextEncoderKind.None, CondDim = null });
        var foreign = run.Train(request => request with { Config = config, ResultsPath = run.File("untold") });
        CheckpointExport.Write(foreign.Checkpoint!, run.File("foreign.pt"), ExportFormat.PyTorch, form: PublishedForm.StateDict);
        using var import = CheckpointImport.Open(run.File("foreign.pt"), config);
        Assert.Equal(0, import.Save(run.File("foreign")).Tflop);
    }

    private static List<double?> Told(string folder) => [.. MetricsFile.Read(folder).Select(step => step.Tflop)];

    /// <summary>Removes the metadata that earlier versions did not write.</summary>
    private static void Rewrite(string path)
    {
        Dictionary<string, string> metadata;
        List<(string, torch.Tensor)> tensors;
        using var scope = torch.NewDisposeScope();
        using (var file = SafetensorsFile.Open(path))
        {
            metadata = new(file.Metadata);
            tensors = [.. file.Tensors.Select(item => (item.Key, item.Value.Read().clone()))];
        }

        Assert.True(metadata.Remove("flops"));
        SafetensorsFile.Write(path, metadata, tensors);
    }
}
