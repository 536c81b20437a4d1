using System.Text.Json.Nodes;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Tests.Training;

/// <summary>The same request repeated, as by a scheduler.</summary>
public sealed class ScheduledTrainingTests : IDisposable
{
    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Reached_loss_ends_the_run_with_a_checkpoint_and_the_next_call_does_nothing()
    {
        TrainingResult Train() => run.Train(
            request => request with { Until = new TrainingGoal(Loss: 1e9) }, trainer => trainer with { TrainNumSteps = 100 });

        var first = Train();
        Assert.Equal(RunState.LossReached, first.StoppedBecause);
        Assert.InRange(first.Step, 1, 2); // a checkpoint is due at step 2, where the loss is checked at the latest
        Assert.Equal(first.Step, CheckpointStore.Latest(run.Results).Step);

        var second = Train();
        Assert.Equal((RunState.AlreadyComplete, first.Step), (second.StoppedBecause, second.Step));
    }

    [Fact]
    public void Unreached_loss_does_not_end_the_run() =>
        Assert.Equal(RunState.Completed, run.Train(request => request with { Until = new TrainingGoal(Loss: 1e-9) }).StoppedBecause);

    [Fact]
    public void Smallest_limit_of_steps_applies()
    {
        Assert.Equal(2, run.Train(request => request with { MaxSteps = 3, Until = new TrainingGoal(Steps: 2) }).Step);
        Assert.Equal(3, run.Train(request => request with { MaxSteps = 3, Until = new TrainingGoal(Steps: 4) }).Step);
    }

    [Fact]
    public void Run_does_not_start_after_its_end_time()
    {
        var late = run.Train(request => request with { Until = new TrainingGoal(Time: DateTime.Now.AddMinutes(-1)) });
        Assert.Equal((RunState.OutsideHours, 0, ""), (late.StoppedBecause, late.Step, late.Checkpoint));
        Assert.False(Directory.Exists(run.Results));
    }

    /// <summary>For example a second job in a session, which waits for the first.</summary>
    [Fact]
    public async Task Run_does_not_start_if_its_end_time_passes_while_it_waits_for_another_run()
    {
        using var release = new ManualResetEventSlim();
        using var isHeld = new ManualResetEventSlim();
        var other = Task.Run(() => ExclusiveRun.Execute(run.File("other"), new RecordingObserver(), stop =>
        {
            isHeld.Set();
            release.Wait(stop);
            return 0;
        }, TestContext.Current.CancellationToken));
        isHeld.Wait(TestContext.Current.CancellationToken);

        var end = DateTime.Now.AddSeconds(2);
        var waiting = Task.Run(() => run.Train(request => request with { Until = new TrainingGoal(Time: end) }));
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        release.Set();
        await other;
        Assert.Equal(RunState.OutsideHours, (await waiting).StoppedBecause);
        Assert.False(Directory.Exists(run.Results));
    }

    [Fact]
    public void Run_does_not_start_outside_its_hours_and_names_the_newest_checkpoint()
    {
        run.Train(request => request with { MaxSteps = 2 });
        var closed = run.Train(request => request with { Hours = Around(TimeSpan.FromHours(12)) });
        Assert.Equal((RunState.OutsideHours, 2), (closed.StoppedBecause, closed.Step));
        Assert.Equal(CheckpointStore.Latest(run.Results).Path, closed.Checkpoint);
        Assert.Equal(4, run.Train(request => request with { Hours = Around(TimeSpan.Zero) }).Step);
    }

    [Fact]
    public void Shortest_time_limit_applies()
    {
        var now = new DateTime(2026, 11, 20, 22, 0, 0);
        var request = new TrainingRequest { Config = TinyRun.Config };
        Assert.Null(request.TimeLeft(now));
        Assert.Equal(TimeSpan.FromMinutes(90), (request with { MaxMinutes = 90 }).TimeLeft(now));
        request = request with { Hours = new TimeWindow(new TimeOnly(21, 0), new TimeOnly(6, 30)) };
        Assert.Equal(TimeSpan.FromHours(8.5), request.TimeLeft(now));
        Assert.Equal(TimeSpan.FromHours(2), (request with { Until = new TrainingGoal(Time: now.AddHours(2)) }).TimeLeft(now));
        Assert.Equal(TimeSpan.FromHours(1), (request with { MaxMinutes = 60, Until = new TrainingGoal(Time: now.AddHours(2)) }).TimeLeft(now));
        Assert.True(request.MayBegin(now));
        Assert.False(request.MayBegin(now.AddHours(12)));
        Assert.False((request with { Until = new TrainingGoal(Time: now) }).MayBegin(now));
    }

    [Theory]
    [InlineData("my notes")]
    [InlineData("{ \"mine\": 1 }")]
    [InlineData("[]")]
    public void Summary_does_not_replace_a_file_of_the_user(string text)
    {
        var path = run.File("notes.json");
        File.WriteAllText(path, text);
        Assert.Equal("TinySora.Training.NoSummary", Assert.Throws<TinySoraException>(() => RunSummary.Record(path, run.Results, () => run.Train())).Id);
        Assert.Equal(text, File.ReadAllText(path));
        Assert.False(Directory.Exists(run.Results));
    }

    [Fact]
    public void Summary_says_how_a_call_ended_even_if_it_failed()
    {
        var path = run.File("out", "summary.json");
        RunSummary.Record(path, run.Results, () => run.Train());
        var good = Read();
        Assert.Equal(
            ("Completed", 4, CheckpointStore.Latest(run.Results).Path, run.Results),
            ((string?)good["stopped_because"], (int?)good["step"], (string?)good["checkpoint"], (string?)good["results_path"]));
        Assert.True((double)good["loss"]! > 0);
        Assert.Null(good["error"]);
        Assert.True(DateTimeOffset.Parse((string)good["started_at"]!) <= DateTimeOffset.Parse((string)good["ended_at"]!));

        Assert.Throws<TinySoraException>(() => RunSummary.Record(path, run.Results, () => run.Train(r => r with { Seed = 5 })));
        var bad = Read();
        Assert.Equal("Failed", (string?)bad["stopped_because"]);
        Assert.Equal("TinySora.Training.OtherConfiguration", (string?)bad["error"]!["id"]);
        Assert.NotEmpty((string)bad["error"]!["advice"]!);
        Assert.Null(bad["checkpoint"]);

        Assert.ThrowsAny<OperationCanceledException>(() => RunSummary.Record(path, run.Results, () => throw new OperationCanceledException()));
        Assert.Equal("Cancelled", (string?)Read()["stopped_because"]);

        JsonNode Read() => JsonNode.Parse(File.ReadAllText(path))!;
    }

    [Fact]
    public void Unwritable_summary_is_reported_before_the_run()
    {
        File.WriteAllText(run.File("file"), "in the way");
        var path = run.File("file", "summary.json");
        var error = Assert.Throws<TinySoraException>(() => RunSummary.Record(path, run.Results, () => throw new InvalidOperationException("It has begun.")));
        Assert.Equal("TinySora.Checkpoint.CannotWrite", error.Id);
    }

    [Fact]
    public void Summary_that_fails_later_hides_no_other_failure()
    {
        Assert.Equal("TinySora.Training.BadLimit", Fail("one.json", 0).Id);
        Assert.Equal("TinySora.Checkpoint.CannotWrite", Fail("two.json", 1).Id);

        TinySoraException Fail(string name, int steps) => Assert.Throws<TinySoraException>(() => RunSummary.Record(run.File(name), run.Results, () =>
        {
            Directory.CreateDirectory(run.File(name));
            return run.Train(r => r with { MaxSteps = steps });
        }));
    }

    /// <summary>Returns a window of two hours around now plus an offset.</summary>
    private static TimeWindow Around(TimeSpan distance)
    {
        var middle = TimeOnly.FromDateTime(DateTime.Now + distance);
        return new TimeWindow(middle.AddHours(-1), middle.AddHours(1));
    }
}
