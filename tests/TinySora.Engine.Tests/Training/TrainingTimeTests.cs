using TinySora.Engine.Configuration;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Training;

/// <summary>Runs that are given time: its clock stands still but for what steps, checkpoints and pauses are said to take.</summary>
public sealed class TrainingTimeTests : IDisposable
{
    private static readonly TrainerConfig Config = new()
    {
        TrainBatchSize = 2, TrainLr = 1, LrSchedule = LearningRateSchedule.Cosine, LrFinalFactor = 0, SaveModelEvery = 1000, TrainMinutes = 1,
        StepStartEma = 0, UpdateEmaEvery = 1,
    };

    private readonly TemporaryFolder folder = new();
    private readonly StepClock clock = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Time_left_is_never_negative_and_excludes_pauses()
    {
        var time = new TrainingTime(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(20), clock);
        clock.Pass(10);
        time.Pause(() => clock.Pass(3600));
        Assert.Equal((30, 30), (time.Spent.TotalSeconds, time.Left.TotalSeconds));
        clock.Pass(100);
        Assert.Equal((130, 0), (time.Spent.TotalSeconds, time.Left.TotalSeconds));
        Assert.True(time.IsOver);
    }

    [Fact]
    public void Run_ends_at_the_step_nearest_to_its_time_even_if_its_speed_changes()
    {
        // 20 steps of one second, then four times the speed: 160 more.
        var observer = new RecordingObserver();
        var rates = Train("run", step => step < 20 ? 1 : 0.25, observer);
        Assert.Equal(180, rates.Count);
        Assert.Equal(60, clock.GetElapsedTime(0).TotalSeconds, 9);

        // The rate depends on the time before the step, not on its number.
        Assert.Equal(1, rates[0], 9);
        Assert.Equal(0.5 * (1 + Math.Cos(Math.PI * 20 / 60)), rates[20], 6);
        Assert.Equal(0.5, rates[60], 6);
        Assert.InRange(rates[^1], 0, 1e-3);
        Assert.Equal((180, 180), (observer.Steps[^1].Step, observer.Steps[^1].TotalSteps));
        Assert.Equal(60, CheckpointStore.Latest(folder.File("run")).Spent.TotalSeconds);
    }

    [Fact]
    public void Step_that_would_overshoot_by_more_is_not_taken()
    {
        Assert.Equal(9, Train("long", _ => 7).Count); // 63 s instead of 56
        clock.Restart();
        Assert.Equal(5, Train("longer", _ => 11).Count); // 55 s instead of 66
    }

    [Fact]
    public void Time_for_the_final_checkpoint_is_reserved()
    {
        var rates = Train("run", _ => 1, saving: 5, config: Config with { SaveModelEvery = 10 });
        Assert.Equal(40, rates.Count); // and four checkpoints of five seconds each, the last of which ends on time
        Assert.Equal(60, clock.GetElapsedTime(0).TotalSeconds, 9);
    }

    [Fact]
    public void Stopped_run_resumes_with_the_remaining_time_and_its_learning_rates()
    {
        var before = Train("run", _ => 1, steps: 25);
        Assert.Equal(25, before.Count);
        Assert.Equal(25, CheckpointStore.Latest(folder.File("run")).Spent.TotalSeconds);
        clock.Restart();
        clock.Pass(5); // such as the time to read the data
        var after = Train("run", _ => 1);
        Assert.Equal(30, after.Count);
        Assert.Equal(0.5, after[0], 6);
    }

    /// <summary>Trains for the time in the configuration.</summary>
    /// <returns>The learning rate of each step.</returns>
    private List<double> Train(
        string name, Func<int, double> secondsOfStep, RecordingObserver? observer = null, int steps = int.MaxValue, double saving = 0,
        TrainerConfig? config = null)
    {
        config ??= Config;
        var path = folder.File(name);
        Directory.CreateDirectory(path);
        using var task = new ToyTask();
        using var state = new TrainingState(task.Model, config);
        if (CheckpointStore.List(path) is [.., var last])
        {
            using var checkpoint = Checkpoint.Open(last.Path);
            checkpoint.Restore(state);
            state.Spent += clock.GetElapsedTime(0);
        }

        var rates = new List<double>();
        var description = new RunDescription(new() { Trainer = config }, 7, "toy", task.Metadata);
        var trainer = new Trainer(task, config, ToyTask.Batches(config), state, 7, observer ?? new RecordingObserver(), default)
        {
            Limits = new(steps) { Time = new TrainingTime(TimeSpan.FromMinutes(config.TrainMinutes!.Value), state.Spent, clock) },
            Control = new Steps(state =>
            {
                rates.Add(state.LearningRateAt(state.Step));
                clock.Pass(secondsOfStep(state.Step));
            }),
            Outputs = new()
            {
                Save = () =>
                {
                    clock.Pass(saving);
                    return CheckpointStore.Save(path, state, description, 3);
                },
            },
        };
        Assert.Equal(RunState.Completed, trainer.Run().Reason);
        return rates;
    }

    private sealed class Steps(Action<TrainingState> before) : ITrainingControl
    {
        public bool IsPaused => false;

        public bool IsStopped => false;

        public void HandleRequests(TrainingState state, Func<string> save, Action report) => before(state);
    }

    private sealed class StepClock : TimeProvider
    {
        private TimeSpan passed;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => passed.Ticks;

        public void Pass(double seconds) => passed += TimeSpan.FromSeconds(seconds);

        public void Restart() => passed = TimeSpan.Zero;
    }
}
