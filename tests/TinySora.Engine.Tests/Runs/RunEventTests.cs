using TinySora.Engine.Errors;
using TinySora.Engine.Runs;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Tests.Runs;

public sealed class RunEventTests : IDisposable
{
    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Start_checkpoints_and_improvements_are_reported_in_order_and_again_after_resuming()
    {
        // The measure improves in every step or in none, whatever the numbers are.
        run.Train(request => request with { ResultsPath = run.File("known") }, trainer => trainer with { TrainNumSteps = 6 });
        var losses = CheckpointStore.List(run.File("known")).Select(info => info.Loss!.Value).ToList();
        run.Train();
        Assert.Equal(
            [(RunEventKind.Started, 0), (RunEventKind.Checkpoint, 2), .. Saved(4, losses[1], losses[0])], run.Observer.Events.Select(what => (what.Kind, what.Step)));
        Assert.Equal(run.File("results", "step-00000002.safetensors"), run.Observer.Events[1].Checkpoint);
        Assert.Equal(losses[0], run.Observer.Events[1].Loss);

        run.Train(null, trainer => trainer with { TrainNumSteps = 6 });
        Assert.Equal(
            [(RunEventKind.Started, 4), .. Saved(6, losses[2], Math.Min(losses[0], losses[1]))], run.Observer.Events.Select(what => (what.Kind, what.Step)));

        static IEnumerable<(RunEventKind, int)> Saved(int step, double loss, double best) =>
            loss < best ? [(RunEventKind.Checkpoint, step), (RunEventKind.Better, step)] : [(RunEventKind.Checkpoint, step)];
    }

    [Fact]
    public void Validations_without_improvement_are_reported_once()
    {
        run.Train(null, trainer => trainer with
        {
            TrainLr = 1e-30, ValidateEvery = 1, SaveModelEvery = 100, TrainNumSteps = 6, BestBy = "val.loss", LrPatience = 3,
        });
        var reported = Assert.Single(run.Observer.Events, what => what.Kind == RunEventKind.Plateau);
        Assert.Equal((4, "val.loss has not improved in recent validations (3)."), (reported.Step, reported.Message));
    }

    [Fact]
    public void Disk_that_may_fill_up_is_reported_once_and_needs_attention()
    {
        string? attention = null;
        using var stop = new CancellationTokenSource();
        run.Train(
            null, trainer => trainer with { TrainNumSteps = 2_000_000_000, SaveModelEvery = 1, KeepCheckpoints = 0 },
            progress =>
            {
                attention = Assert.Single(TrainingRun.List(run.Results)).Attention ?? attention;
                if (progress.Step > 1)
                {
                    stop.Cancel();
                }
            }, stop.Token);
        var reported = Assert.Single(run.Observer.Events, what => what.Kind == RunEventKind.Disk);
        Assert.StartsWith("The disk may become full: this run writes 2000000000 checkpoints", reported.Message, StringComparison.Ordinal);
        Assert.Contains(reported.Message, run.Observer.Warnings);
        Assert.StartsWith("The disk may become full", attention, StringComparison.Ordinal);
        Assert.False(Assert.Single(TrainingRun.List(run.Results)).NeedsAttention);
    }

    [Fact]
    public void End_and_failure_are_reported_with_the_next_action_and_a_run_with_nothing_to_do_is_not()
    {
        var result = new TrainingResult("r", "c", 7, 0.5, TimeSpan.FromSeconds(3), RunState.TimeBudget, 1, 0, 0);
        var ended = RunEnd.Of(result)!;
        Assert.Equal((RunEventKind.Ended, 7, RunState.TimeBudget, "c", "r"), (ended.Kind, ended.Step, ended.StoppedBecause!.Value, ended.Checkpoint, ended.ResultsPath));
        Assert.Null(RunEnd.Of(result with { StoppedBecause = RunState.AlreadyComplete }));
        Assert.Null(RunEnd.Of(result with { StoppedBecause = RunState.OutsideHours }));

        var failed = RunEnd.Of(TrainingErrors.NoRun("r"), 7);
        Assert.Equal((RunEventKind.Failed, 7, "TinySora.Training.NoRun", RunState.Failed), (failed.Kind, failed.Step, failed.ErrorId, failed.StoppedBecause!.Value));
        Assert.NotNull(failed.Advice);
        Assert.Equal((RunEventKind.Ended, RunState.Cancelled), (RunEnd.Of(new OperationCanceledException(), 0).Kind, RunEnd.Of(new OperationCanceledException(), 0).StoppedBecause!.Value));
    }

    [Theory]
    [InlineData(RunState.Failed, false, 0, "The run failed at step 3: no more room")]
    [InlineData(RunState.Running, false, 0, "The run was interrupted at step 3: the process was killed")]
    [InlineData(RunState.Running, true, 11, "The run hangs: its process is alive")]
    [InlineData(RunState.Running, true, 9, null)]
    [InlineData(RunState.Paused, true, 11, null)]
    [InlineData(RunState.Completed, false, 11, null)]
    [InlineData(RunState.Cancelled, false, 11, null)]
    public void Failed_dead_or_hung_run_needs_attention(RunState state, bool live, int minutes, string? attention)
    {
        using var folder = ResultsFolder.Open(run.Results);
        Status(state, minutes, stepsPerSecond: 1);
        if (!live)
        {
            folder.Dispose();
        }

        var listed = Assert.Single(TrainingRun.List(run.Results));
        Assert.Equal(attention is not null, listed.NeedsAttention);
        Assert.StartsWith(attention ?? "", listed.Attention ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Slow_steps_are_not_mistaken_for_a_hang()
    {
        using var folder = ResultsFolder.Open(run.Results);
        Status(RunState.Running, 30, stepsPerSecond: 1 / 100.0); // 20 steps: 33 minutes
        Assert.Null(Assert.Single(TrainingRun.List(run.Results)).Attention);
        Status(RunState.Running, 30, stepsPerSecond: 0); // no step taken yet
        Assert.Null(Assert.Single(TrainingRun.List(run.Results)).Attention);
        Status(RunState.Running, 34, stepsPerSecond: 1 / 100.0);
        Assert.NotNull(Assert.Single(TrainingRun.List(run.Results)).Attention);
    }

    private void Status(RunState state, int minutes, double stepsPerSecond) => new RunStatus
    {
        State = state, Step = 3, Problem = state == RunState.Failed ? "no more room" : null, UpdatedAt = DateTimeOffset.Now.AddMinutes(-minutes),
        StepsPerSecond = stepsPerSecond,
    }.Write(run.Results);
}
