using System.Globalization;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Generation;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Cost;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Tests.Families.Toy;

/// <summary>All features of the engine work with a family that it does not know.</summary>
public sealed class ToyFamilyTests : IDisposable
{
    private const string Yaml = """
        family: toy
        shape:
          frames: 3
        trainer:
          train_batch_size: 2
          train_num_steps: 4 epochs
          train_lr: 0.02
          save_model_every: 1 epoch
          validate_every: 1 epoch
          sample_every: 2 epochs
          num_sample_rows: 1
          best_by: highest val.psnr
          keep_checkpoints: 0
          step_start_ema: 0
          update_ema_every: 1
          ema_decay: 0.5
          seed: 3

        """;

    private readonly TemporaryFolder folder = new();

    public ToyFamilyTests()
    {
        foreach (var (split, count) in new[] { ("train", 5), ("val", 3) })
        {
            Directory.CreateDirectory(folder.File("data", split));
            for (var i = 0; i < count; i++)
            {
                File.WriteAllText(folder.File("data", split, $"{i}.txt"), (0.1 + (0.02 * i)).ToString(CultureInfo.InvariantCulture));
            }
        }
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Toy_family_trains_two_optimizer_groups_validates_two_metrics_and_keeps_the_best()
    {
        var observer = new RecordingObserver();
        var result = Train("run", observer: observer);

        // Five numbers in batches of two make three steps per epoch.
        Assert.Equal((12, RunState.Completed), (result.Step, result.StoppedBecause));
        Assert.Contains("Found 5 numbers.", observer.Messages);
        var steps = MetricsFile.Read(folder.File("run"));
        Assert.Equal(12, steps.Count);
        Assert.All(steps, step =>
        {
            string[] measured = ["bias", "grad_norm.judge", "loss.judge", .. step.Step % 3 == 0 ? new[] { "val.loss", "val.psnr" } : []];
            Assert.Equal(measured, step.Scalars!.Keys.Order(StringComparer.Ordinal));
        });

        var checkpoints = CheckpointStore.List(folder.File("run"));
        Assert.Equal([3, 6, 9, 12], checkpoints.Select(checkpoint => checkpoint.Step));
        Assert.Equal(checkpoints.MaxBy(checkpoint => checkpoint.Metrics["val.psnr"]), Assert.Single(checkpoints, checkpoint => checkpoint.IsBest));
        Assert.Equal(steps[^1].Scalars!["val.loss"], checkpoints[^1].Metrics["val.loss"]);
        Assert.True(checkpoints[^1].Metrics["val.loss"] < checkpoints[0].Metrics["val.loss"]);
        Assert.All(checkpoints, checkpoint => Assert.Equal("toy", checkpoint.Family));
        Assert.Equal(["sample-00000006.gif", "sample-00000012.gif"], Directory.GetFiles(folder.File("run"), "*.gif").Select(Path.GetFileName).Order());
        Assert.Contains("val.psnr", File.ReadAllText(folder.File("run", "dashboard.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void Buffers_are_restored_after_skipped_steps()
    {
        File.WriteAllText(folder.File("data", "train", "2.txt"), "NaN");
        var result = Train("run");
        Assert.InRange(result.SkippedSteps, 1, 11);
        using var file = SafetensorsFile.Open(CheckpointStore.Latest(folder.File("run")).Path);
        using var seen = file.Tensors["model.seen"].Read();
        Assert.Equal(2f * (12 - result.SkippedSteps), seen.data<float>()[0]);
    }

    [Fact]
    public void Limits_shorten_epochs_and_validations()
    {
        var result = Train("run", request => Limited(request, trainer => trainer with { LimitValBatches = 0.5 }));
        Assert.Equal(12, result.Step);
        Assert.Equal(8, Train("short", request => Limited(request, trainer => trainer with { LimitTrainBatches = 2 })).Step);

        // The first batch of the numbers 0.10, 0.12 and 0.14 is for validation.
        var step = MetricsFile.Read(folder.File("run"))[^1].Scalars!;
        using var file = SafetensorsFile.Open(CheckpointStore.Latest(folder.File("run")).Path);
        using var guess = file.Tensors[file.Tensors.Keys.First(name => name.StartsWith("ema.guess.", StringComparison.Ordinal))].Read();
        var errors = new[] { 0.10, 0.12 }.Select(value => Math.Pow(guess.data<float>()[0] - value, 2));
        Assert.Equal(errors.Average(), step["val.loss"], 1e-6);
    }

    [Fact]
    public void Resumed_run_with_buffers_and_both_optimizers_equals_an_uninterrupted_one()
    {
        Train("whole");
        Train("parts", request => request with { MaxSteps = 3 });
        Train("parts", request => request with { MaxSteps = 7 });
        Train("parts");

        var whole = Tensors("whole");
        Assert.Equal(whole, Tensors("parts"));

        // The weight with two names is stored once; a buffer counts the examples.
        Assert.Equal(
            ["ema.guess.head", "ema.judge.weight", "model.guess.head", "model.judge.weight", "model.seen", "optimizer.exp_avg.guess.head",
                "optimizer.exp_avg.judge.weight", "optimizer.exp_avg_sq.guess.head", "optimizer.exp_avg_sq.judge.weight"],
            whole.Keys.Select(name => name.Replace("guess.weight", "guess.head", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal([24f], whole["model.seen"]);
        Assert.NotEqual(0, Assert.Single(whole["optimizer.exp_avg.judge.weight"]));

        Dictionary<string, float[]> Tensors(string run)
        {
            using var file = SafetensorsFile.Open(CheckpointStore.Latest(folder.File(run)).Path);
            return file.Tensors.ToDictionary(item => item.Key, item =>
            {
                using var tensor = item.Value.Read();
                return tensor.data<float>().ToArray();
            });
        }
    }

    [Fact]
    public void Toy_family_can_be_measured_and_planned()
    {
        var cost = TrainingMeter.Measure(Config, "toy", "cpu", 2, CancellationToken.None);
        Assert.Equal((2L, 2, null, null), (cost.Parameters, cost.BatchSize, cost.Steps, cost.Duration));
        Assert.True(cost.SecondsPerStep > 0);

        var plan = TrainingPlan.Make(Request("run"), "toy", CancellationToken.None);
        Assert.Equal((12, true), (plan.LastStep, plan.Fits));
        Assert.NotEmpty(plan.Lines());
    }

    [Fact]
    public void Toy_family_generates_with_its_own_settings_and_remakes_videos_from_recipes()
    {
        Train("run");
        using var generator = VideoGenerator.Open(folder.File("run"), "cpu");
        var request = new GenerationRequest
        {
            OutputPath = folder.File("out"), OutputName = "grey", Seed = 1, Settings = new Dictionary<string, object> { ["brightness"] = "2" },
        };
        var video = Assert.Single(RequestBatcher.Generate(generator, request));
        Assert.Equal((3, 12, 8), (video.Frames, video.Width, video.Height));
        Assert.Equal(2.0, video.Settings!["Brightness"]);
        Assert.Equal((null, null, null), (video.Sampler, video.Steps, video.GuidanceScale));

        var recipe = ClipRecipe.Read(video.Path);
        Assert.Equal(2L, recipe.Settings!["Brightness"]);
        var again = request with { OutputName = recipe.OutputName, Settings = recipe.Settings };
        Assert.Equal(File.ReadAllBytes(video.Path), File.ReadAllBytes(RequestBatcher.Generate(generator, again).Single().Path));
        Assert.True(RequestBatcher.Generate(generator, request).Single().Skipped);

        var dark = RequestBatcher.Generate(generator, request with { OutputName = "dark", Settings = new Dictionary<string, object>() }).Single();
        Assert.True(ClipFile.Read(dark.Path).Pixels[0] < ClipFile.Read(video.Path).Pixels[0]);

        Assert.Equal("TinySora.Generation.NotTaken", Refused("GuidanceScale", 2.0));
        Assert.Equal("TinySora.Generation.BadSetting", Refused("Brightness", "bright"));
        var guesses = Assert.Throws<TinySoraException>(() => RequestBatcher.Generate(generator, request with { GuessEvery = 1 }));
        Assert.Equal(("TinySora.Generation.NotTaken", (object?)"GuessEvery"), (guesses.Id, guesses.Target));

        string Refused(string name, object value) => Assert.Throws<TinySoraException>(
            () => RequestBatcher.Generate(generator, request with { Settings = new Dictionary<string, object> { [name] = value } })).Id;
    }

    [Fact]
    public void Toy_family_can_be_compared_with_others()
    {
        Train("runs/a");
        Train("runs/b", request => request with { Config = ConfigFile.Parse(Yaml.Replace("0.02", "0.05", StringComparison.Ordinal), "b") });
        var compared = RunComparison.Of([folder.File("runs")]);
        Assert.Equal(["train_lr=0.02", "train_lr=0.05"], compared.Select(run => run.Settings));
        Assert.All(compared, run => Assert.Equal(
            ["bias", "grad_norm.judge", "loss.judge", "val.loss", "val.psnr"], run.Metrics.Keys.Order(StringComparer.Ordinal)));
        Assert.NotEqual(compared[0].Metrics["val.loss"], compared[1].Metrics["val.loss"]);
    }

    [Fact]
    public void Sections_of_the_family_are_validated_and_those_of_others_are_unknown()
    {
        Assert.Equal("TinySora.Config.InvalidValue", Problem("shape:\n  frames: 9"));
        Assert.Equal("TinySora.Config.UnknownKey", Problem("model:\n  dim: 8"));
        Assert.Equal("TinySora.Config.InvalidValue", Assert.Single(ConfigFile.Check("family: none", "x")).Id);
        Assert.Equal(ConfigFile.ToYaml(Config), ConfigFile.ToYaml(ConfigFile.Parse(ConfigFile.ToYaml(Config), "again")));
        Assert.Equal("family", Assert.Single(ConfigFile.Compare(new RunConfig(), Config)).Key);

        static string Problem(string yaml) => Assert.Single(ConfigFile.Check($"family: toy\n{yaml}", "x")).Id;
    }

    private static RunConfig Config => ConfigFile.Parse(Yaml, "toy");

    private TrainingRequest Request(string run) =>
        new() { Config = Config, DataPath = folder.File("data"), ResultsPath = folder.File(run), Device = "cpu" };

    private static TrainingRequest Limited(TrainingRequest request, Func<TrainerConfig, TrainerConfig> limit) =>
        request with { Config = request.Config with { Trainer = limit(request.Config.Trainer) } };

    private TrainingResult Train(
        string run, Func<TrainingRequest, TrainingRequest>? change = null, RecordingObserver? observer = null) =>
        TrainingSession.Run(change?.Invoke(Request(run)) ?? Request(run), observer ?? new RecordingObserver(), CancellationToken.None);
}
