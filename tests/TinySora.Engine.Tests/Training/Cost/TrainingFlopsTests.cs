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

/// <summary>What a run tells of the arithmetic that it took.</summary>
public sealed class TrainingFlopsTests : IDisposable
{
    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    /// <summary>Without text, whose length differs from batch to batch, every step takes what the measurement of the configuration says.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Steps_add_up_what_measuring_the_configuration_tells_of_one(int every)
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
    public void A_run_that_goes_on_tells_what_one_does_that_was_not_interrupted()
    {
        run.Train(request => request with { ResultsPath = run.File("whole") });
        run.Train(request => request with { MaxSteps = 1 });
        run.Train(request => request with { MaxSteps = 3 });
        run.Train();
        Assert.Equal(Told(run.File("whole")), Told(run.Results));
        Assert.All(Told(run.Results), tflop => Assert.True(tflop > 0));
    }

    [Fact]
    public void A_run_from_the_weights_of_another_begins_with_what_those_took()
    {
        run.Train();
        var before = CheckpointStore.Latest(run.Results).Tflop!.Value;
        run.Train(request => request with { InitialCheckpoint = run.Results, ResultsPath = run.File("tuned"), MaxSteps = 1 });
        var first = Told(run.File("tuned"))[0]!.Value;
        Assert.InRange(first, before * 1.1, before * 1.5); // a fifth step
    }

    /// <summary>Checkpoints of earlier versions know nothing of it: a part would pass for the whole.</summary>
    [Fact]
    public void A_run_that_goes_on_from_a_checkpoint_which_does_not_tell_does_not_tell_either()
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
    public void Import_keeps_what_our_own_file_tells_and_counts_nothing_of_what_others_trained()
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

    /// <summary>Takes from a checkpoint what earlier versions did not write.</summary>
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
