using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Sinks;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.PixelUNet;

public sealed class ValidationTests : IDisposable
{
    private static readonly Func<TrainerConfig, TrainerConfig> Validating = trainer => trainer with
    {
        ValidateEvery = 2, BestBy = "val.loss", KeepCheckpoints = 0, SaveModelEvery = 4, TrainNumSteps = 8,
    };

    private readonly TinyRun run = new();

    public ValidationTests()
    {
        var files = Directory.GetFiles(run.Data).Order(StringComparer.Ordinal).ToList();
        foreach (var (path, index) in files.Select((path, index) => (path, index)))
        {
            var split = Directory.CreateDirectory(run.File("split", index < 8 ? DatasetSplit.Training : DatasetSplit.Validation));
            File.Copy(path, Path.Combine(split.FullName, Path.GetFileName(path)));
        }
    }

    public void Dispose() => run.Dispose();

    [Fact]
    public void Loss_of_averaged_weights_on_the_val_split_is_in_metrics_and_checkpoints()
    {
        run.Train(request => request with { DataPath = run.File("split") }, Validating);

        Assert.Equal(4, run.Observer.Meanwhile.Count(what => what == "validating"));
        var steps = MetricsFile.Read(run.Results);
        Assert.Equal([2, 4, 6, 8], steps.Where(step => step.Scalars is not null).Select(step => step.Step));
        var checkpoints = CheckpointStore.List(run.Results);
        Assert.All(checkpoints, checkpoint => Assert.Equal(steps[checkpoint.Step - 1].Scalars!["val.loss"], checkpoint.Metrics["val.loss"]));

        // Weights of the best validation so far are always saved, whatever the checkpoint interval.
        var best = steps.Where(step => step.Scalars is not null).MinBy(step => step.Scalars!["val.loss"])!;
        Assert.Equal(best.Step, Assert.Single(checkpoints, checkpoint => checkpoint.IsBest).Step);

        var family = ModelFamilies.Find("pixel-unet")!;
        using var last = Checkpoint.Open(checkpoints[^1].Path);
        using var data = family.Open(last.Config, run.File("split", DatasetSplit.Validation), null, CancellationToken.None);
        using var task = family.Restore(last.Config, last.TaskMetadata, CPU);
        last.LoadWeights(task.Model, averaged: true);
        task.Model.eval();
        Assert.Equal(last.Info.Metrics["val.loss"], Measure(), 6);
        Assert.Equal(Measure(), Measure());

        double Measure() => task.Validate(BatchSequence.SinglePass(data, 2, CPU))["loss"];
    }

    [Fact]
    public void Plateau_lowers_the_learning_rate_and_a_resumed_run_keeps_it()
    {
        var trainer = (TrainerConfig config) => Validating(config) with
        {
            // At this learning rate nothing is learned, so no later validation improves on the first.
            LrSchedule = LearningRateSchedule.Plateau, LrPatience = 0, LrPlateauFactor = 0.5, TrainLr = 1e-12, ValidateEvery = 1, SaveModelEvery = 2,
        };
        run.Train(request => request with { DataPath = run.File("split"), MaxSteps = 4 }, trainer);
        run.Train(request => request with { DataPath = run.File("split") }, trainer);
        Assert.Equal(
            Enumerable.Range(0, 8).Select(step => 1e-12 * Math.Pow(0.5, Math.Max(0, step - 1))),
            MetricsFile.Read(run.Results).Select(step => step.LearningRate));
    }

    [Fact]
    public void Best_value_of_another_metric_is_discarded()
    {
        var trainer = (string bestBy) => (TrainerConfig config) => Validating(config) with { BestBy = bestBy, SaveModelEvery = 100 };
        run.Train(request => request with { DataPath = run.File("split"), MaxSteps = 2 }, trainer("val.loss"));
        run.Train(request => request with { DataPath = run.File("split"), MaxSteps = 5 }, trainer("highest val.loss"));

        // The first validation after the change, at step 4, is the best by the new metric, whatever its value.
        Assert.Contains(CheckpointStore.List(run.Results), checkpoint => checkpoint.Step == 4);
    }

    [Fact]
    public void Without_a_val_split_the_last_fifth_of_the_clips_is_held_out()
    {
        var result = run.Train(null, Validating);
        Assert.Equal(4, result.Clips);
        Assert.All(CheckpointStore.List(run.Results).Where(info => info.Metrics.Count > 0), info => Assert.InRange(info.Metrics["val.loss"], 0.001, 10));
        Assert.Contains(CheckpointStore.List(run.Results), info => info.Metrics.Count > 0);
    }

    [Fact]
    public void Early_stopping_ends_the_run_and_a_resumed_run_continues_the_count()
    {
        var trainer = (TrainerConfig config) => Validating(config) with
        {
            // At this learning rate no bit of a result changes, so no later validation improves on the first.
            EarlyStoppingPatience = 3, TrainLr = 1e-30, ValidateEvery = 1, SaveModelEvery = 100, TrainNumSteps = 100,
        };
        Assert.Equal(RunState.Completed, run.Train(request => request with { MaxSteps = 2 }, trainer).StoppedBecause);
        var stopped = run.Train(null, trainer);
        Assert.Equal((4, RunState.EarlyStopping), (stopped.Step, stopped.StoppedBecause));
        Assert.Equal(4, CheckpointStore.Latest(run.Results).Step);
        Assert.Equal(RunState.EarlyStopping, Assert.Single(TrainingRun.List(run.Results)).State);
        Assert.Null(UnfinishedRun.Of(CheckpointStore.Latest(run.Results)));

        Assert.Equal(RunState.AlreadyComplete, run.Train(null, trainer).StoppedBecause);
        Assert.Contains(run.Observer.Messages, text => text.Contains("early_stopping_patience", StringComparison.Ordinal));
        Assert.Equal(6, run.Train(null, config => trainer(config) with { EarlyStoppingPatience = 5 }).Step);
        Assert.Equal(RunState.Completed, run.Train(null, config => trainer(config) with { EarlyStoppingPatience = null, TrainNumSteps = 8 }).StoppedBecause);
    }

    [Fact]
    public void Holding_out_from_a_single_clip_is_refused()
    {
        foreach (var clip in Directory.GetFiles(run.Data, "*.gif").Skip(1))
        {
            File.Delete(clip);
        }

        var error = Assert.Throws<TinySoraException>(() => run.Train(null, Validating));
        Assert.Equal("TinySora.Training.NoValidationData", error.Id);
        Assert.Contains("val", error.Advice, StringComparison.Ordinal);
        Assert.False(Directory.Exists(run.Results));
    }

    [Fact]
    public void Best_metric_that_is_not_measured_is_refused()
    {
        var error = Assert.Throws<TinySoraException>(() => run.Train(
            request => request with { DataPath = run.File("split") }, trainer => Validating(trainer) with { BestBy = "highest val.psnr" }));
        Assert.Equal("TinySora.Training.NotMeasured", error.Id);
        Assert.Contains("val.loss", error.Message, StringComparison.Ordinal);
        Assert.Empty(MetricsFile.Read(run.Results));
    }

    [Fact]
    public void Clips_can_be_wider_than_high()
    {
        var result = run.Train(request => request with
        {
            MaxSteps = 2, Config = request.Config.With(diffusion: request.Config.Diffusion with { Height = 8, Width = 16 }),
        });
        using var generator = VideoGenerator.Open(result.Checkpoint, "cpu");
        var video = generator.Generate(new GenerationRequest { Prompt = "a red circle", OutputPath = run.File("out") }).Single();
        var clip = ClipFile.Read(video.Path);
        Assert.Equal((8, 16, 8, 16), (clip.Height, clip.Width, video.Height, video.Width));
    }
}
