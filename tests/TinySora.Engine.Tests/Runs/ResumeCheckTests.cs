using System.Globalization;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Families.Toy;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;
using static TorchSharp.torch;
using ToyTask = TinySora.Engine.Tests.Families.Toy.ToyTask;

namespace TinySora.Engine.Tests.Runs;

public sealed class ResumeCheckTests : IDisposable
{
    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Interrupted_and_uninterrupted_runs_have_equal_tensors()
    {
        var result = run.Train(request => request with { MaxSteps = 1 });
        using var checkpoint = Checkpoint.Open(result.Checkpoint);
        var verdict = Check(TinyRun.Config, run.Data);

        Assert.True(verdict.Equal, verdict.FirstDifference);
        Assert.Equal(
            (5, 2, 0, EngineThread.ThreadCount()), (verdict.Steps, verdict.StoppedAt, verdict.DifferentTensors, verdict.Threads));
        Assert.Equal(checkpoint.File.Entries.Count, verdict.Tensors);
        Assert.Contains(checkpoint.File.Entries.Keys, name => name.StartsWith("optimizer.", StringComparison.Ordinal));
    }

    [Fact]
    public void Model_that_depends_on_earlier_steps_of_the_process_is_reported_with_its_first_differing_tensor()
    {
        Directory.CreateDirectory(run.File("numbers"));
        foreach (var number in Enumerable.Range(1, 4))
        {
            File.WriteAllText(run.File("numbers", $"{number}.txt"), number.ToString(CultureInfo.InvariantCulture));
        }

        var trainer = new TrainerConfig { TrainBatchSize = 2, TrainLr = 0.1, Seed = 1 };
        Assert.True(Check(new RunConfig { Family = new ToyConfig(), Trainer = trainer }, run.File("numbers")).Equal);

        var verdict = Check(new RunConfig { Family = new ForgetfulConfig(), Trainer = trainer }, run.File("numbers"));
        Assert.False(verdict.Equal);
        Assert.InRange(verdict.DifferentTensors, 3, verdict.Tensors);
        Assert.Matches(@"^ema\.guess\S*: \d+ of \d+ values differ, by at most \d\.\de-?\d+$", verdict.FirstDifference);
    }

    [Fact]
    public void Checkpoints_with_different_tensors_differ_by_name()
    {
        var small = run.Train(request => request with { MaxSteps = 1 }).Checkpoint;
        Assert.Null(ResumeCheck.Compare(small, small).First);
        var toy = Check(TinyRun.Config, run.Data, stopAt: 1);
        Assert.True(toy.Equal, toy.FirstDifference);
    }

    [Fact]
    public void Run_with_early_stopping_is_checked_to_the_end()
    {
        var trainer = TinyRun.Config.Trainer with { TrainLr = 1e-30, ValidateEvery = 1, BestBy = "val.loss", EarlyStoppingPatience = 1 };
        Assert.True(Check(TinyRun.Config with { Trainer = trainer }, run.Data).Equal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Interruption_before_the_first_or_after_the_last_step_is_refused(int stopAt) => Assert.Equal(
        "TinySora.Training.BadStop", Assert.Throws<TinySoraException>(() => Check(TinyRun.Config, run.Data, stopAt)).Id);

    private static ResumeVerdict Check(RunConfig config, string data, int stopAt = 2) => ResumeCheck.Run(
        new TrainingRequest { Config = config, DataPath = data, Device = "cpu" }, "a", 5, stopAt, new RecordingObserver(), CancellationToken.None);

    /// <summary>A toy task whose loss depends on the number of steps that the process has taken.</summary>
    private sealed class ForgetfulFamily : Family<ForgetfulConfig, NumberBatch>
    {
        protected override SettingSchema? Settings(RunConfig<ForgetfulConfig> config) => null;

        protected override IExamples<NumberBatch> Open(
            RunConfig<ForgetfulConfig> config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation) => Numbers.In(folder);

        protected override int Count(RunConfig<ForgetfulConfig> config, string folder) => Numbers.In(folder).Count;

        protected override (ForgetfulConfig Config, IExamples<NumberBatch> Examples) CreateSynthetic(RunConfig<ForgetfulConfig> config, string? folder) =>
            (config.Family, new Numbers([0.25f, 0.5f, 0.75f]));

        protected override TrainingTask<NumberBatch> Create(RunConfig<ForgetfulConfig> config, IExamples<NumberBatch> data, Device device) =>
            new ForgetfulTask(new ToyTask(new()));

        protected override TrainingTask<NumberBatch> Restore(
            RunConfig<ForgetfulConfig> config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples<NumberBatch>? more) =>
            new ForgetfulTask(new ToyTask(new()));
    }

    private sealed record ForgetfulConfig : FamilyConfig
    {
        static ForgetfulConfig() => ModelFamilies.Add(new ForgetfulFamily());

        [NotAKey]
        public override string Name => "forgetful-toy";

        public override void Check(RunConfig config, ConfigRules rules)
        {
        }
    }

    private sealed class ForgetfulTask(ToyTask toy) : TrainingTask<NumberBatch>
    {
        private static int s_taken;

        public override nn.Module Model => toy.Model;

        public override IReadOnlyList<ParameterGroup> Groups => toy.Groups;

        protected override StepLoss Loss(NumberBatch batch, int group, StepContext context)
        {
            var loss = toy.Loss(batch, group, context);
            return loss with { Total = loss.Total * (1 + (0.01 * ++s_taken)) };
        }
    }
}
