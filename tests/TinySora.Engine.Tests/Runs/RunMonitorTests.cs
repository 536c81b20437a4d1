using System.Buffers.Binary;
using System.Text;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Display;
using TinySora.Engine.Tests.Media;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Tests.Runs;

public sealed class RunMonitorTests : IDisposable
{
    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Finished_run_is_listed_with_its_figures()
    {
        var result = run.Train();

        var listed = Assert.Single(TrainingRun.List(run.Results));

        Assert.Equal((RunState.Completed, 4, 4, "cpu"), (listed.State, listed.Step, listed.TotalSteps, listed.Device));
        Assert.Equal((result.Checkpoint, result.Loss), (listed.Checkpoint, listed.Loss));
        Assert.Equal(1e-4, listed.LearningRate);
        Assert.False(listed.IsLive);
        Assert.Equal((null, null, null, null), (listed.StepsPerSecond, listed.Remaining, listed.MemoryBytes, listed.ProcessId));
        Assert.InRange(listed.UpdatedAt!.Value, listed.StartedAt!.Value, DateTime.Now);
        Assert.Contains("Completed", File.ReadAllText(run.File("results", Dashboard.Name)), StringComparison.Ordinal);
    }

    [Fact]
    public void Live_run_is_listed_with_rate_memory_and_time_left()
    {
        using var live = new LiveRun(run);
        TrainingRun listed;
        do
        {
            Thread.Sleep(20);
            listed = Assert.Single(TrainingRun.List(run.Results));
        }
        while (listed.Step == 0);

        Assert.Equal((RunState.Running, true, 1_000_000), (listed.State, listed.IsLive, listed.TotalSteps));
        Assert.True(listed.StepsPerSecond > 0 && listed.Remaining > TimeSpan.Zero && listed.MemoryBytes > 10_000_000);
        Assert.Equal(Environment.ProcessId, listed.ProcessId);
    }

    [Fact]
    public void Tracking_files_are_written_only_if_enabled()
    {
        string[] kept = ["config.yaml", "status.json", "step-00000002.safetensors", "step-00000004.safetensors"];
        Assert.Equal(kept, Files(false));
        Assert.Equal(["dashboard.html", "events.out.tfevents", "metrics.jsonl", "sample-00000002.gif", "sample-00000004.gif"], Files(true).Except(kept));

        string[] Files(bool track)
        {
            var folder = run.File($"{track}");
            run.Train(request => request with { ResultsPath = folder },
                t => t with { Track = track, Tensorboard = true, SampleEvery = 2, NumSampleRows = 1 });
            return [.. Directory.GetFiles(folder).Select(file => Path.GetFileName(file)).Where(name => name[0] != '.')
                .Select(name => name.StartsWith("events", StringComparison.Ordinal) ? "events.out.tfevents" : name).Order(StringComparer.Ordinal)];
        }
    }

    [Fact]
    public void Failed_run_shows_the_reason()
    {
        run.Train(request => request with { MaxSteps = 1 });
        (RunStatus.Read(run.Results)! with { State = RunState.Running }).Write(run.Results); // as if the process had been killed
        var error = Assert.Throws<TinySoraException>(() => run.Train(request => request with { DataPath = run.File("nowhere") }));
        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
        var listed = Assert.Single(TrainingRun.List(run.Results));
        Assert.Equal((RunState.Failed, 1), (listed.State, listed.Step));
        Assert.NotNull(listed.Loss);
        Assert.Contains("nowhere", listed.Problem, StringComparison.Ordinal);
        var dashboard = File.ReadAllText(run.File("results", Dashboard.Name));
        Assert.Contains("nowhere", dashboard, StringComparison.Ordinal);
        Assert.DoesNotContain("No steps yet.", dashboard, StringComparison.Ordinal);
    }

    [Fact]
    public void Request_that_fails_before_training_keeps_the_state_of_an_ended_run()
    {
        run.Train(request => request with { MaxSteps = 1 });
        string[] files = [run.File("results", "status.json"), run.File("results", Dashboard.Name)];
        var before = Array.ConvertAll(files, File.ReadAllText);
        Assert.Throws<TinySoraException>(() => run.Train(request => request with { DataPath = run.File("nowhere") }));
        Clips.Fails("TinySora.Training.NotMeasured", () => run.Train(trainer: t => t with { ValidateEvery = new(1), BestBy = "val.other" }));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => run.Train(cancellation: cancelled.Token));
        Assert.Equal(before, Array.ConvertAll(files, File.ReadAllText));

        File.Delete(run.File("results", "step-00000001.safetensors"));
        Assert.Throws<TinySoraException>(() => run.Train(request => request with { DataPath = run.File("nowhere") }));
        Assert.Equal(before, Array.ConvertAll(files, File.ReadAllText));
    }

    [Theory]
    [InlineData(RunState.Completed, RunState.Completed)]
    [InlineData(RunState.EarlyStopping, RunState.EarlyStopping)]
    [InlineData(RunState.TimeBudget, RunState.Failed)]
    [InlineData(RunState.OutsideHours, RunState.Failed)]
    [InlineData(RunState.Failed, RunState.Failed)]
    public void Runs_that_are_continued_later_show_the_failure(RunState earlier, RunState expected)
    {
        run.Train(request => request with { MaxSteps = 1 });
        (RunStatus.Read(run.Results)! with { State = earlier }).Write(run.Results);
        Assert.Throws<TinySoraException>(() => run.Train(request => request with { DataPath = run.File("nowhere") }));
        Assert.Equal(expected, RunStatus.Read(run.Results)!.State);
    }

    [Fact]
    public void Killed_run_is_distinguished_from_a_live_one_by_its_lock()
    {
        run.Train();
        var status = RunStatus.Read(run.Results)! with { State = RunState.Running };
        status.Write(run.Results);
        Assert.Equal((RunState.Interrupted, null), (Assert.Single(TrainingRun.List(run.Results)).State, Assert.Single(TrainingRun.List(run.Results)).ProcessId));
        using (ResultsFolder.Open(run.Results))
        {
            Assert.Equal(RunState.Running, Assert.Single(TrainingRun.List(run.Results)).State);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Call_with_nothing_to_do_keeps_the_status_and_dashboard(bool inEpochs)
    {
        Train();
        var before = Files();
        Assert.Equal(RunState.AlreadyComplete, Train().StoppedBecause);
        Assert.Equal(before, Files());

        TrainingResult Train() => run.Train(null, trainer => inEpochs ? trainer with { TrainNumSteps = new(2, InEpochs: true) } : trainer);

        IEnumerable<string> Files() => ((string[])[RunStatus.Name, Dashboard.Name]).Select(name => File.ReadAllText(run.File("results", name))).ToList();
    }

    [Fact]
    public void Run_killed_after_its_last_checkpoint_counts_as_completed_when_called_again()
    {
        run.Train();
        (RunStatus.Read(run.Results)! with { State = RunState.Running, Step = 3 }).Write(run.Results);
        Assert.True(Assert.Single(TrainingRun.List(run.Results)).NeedsAttention);

        Assert.Equal(RunState.AlreadyComplete, run.Train().StoppedBecause);
        var listed = Assert.Single(TrainingRun.List(run.Results));
        Assert.Equal((RunState.Completed, 4, false), (listed.State, listed.Step, listed.NeedsAttention));
    }

    [Fact]
    public void Watched_run_whose_folder_is_removed_counts_as_cancelled_and_the_others_are_watched_on()
    {
        foreach (var name in (string[])["stays", "goes"])
        {
            Directory.CreateDirectory(run.File("runs", name));
            new RunStatus { State = RunState.Queued, UpdatedAt = DateTimeOffset.Now }.Write(run.File("runs", name));
        }

        using var polls = RunWatch.Poll([run.File("runs", "goes"), run.File("runs", "stays")], TimeSpan.Zero, default).GetEnumerator();
        Assert.Equal([RunState.Queued, RunState.Queued], Next());
        Directory.Delete(run.File("runs", "goes"), recursive: true);
        Assert.Equal([RunState.Cancelled, RunState.Queued], Next());
        new RunStatus { State = RunState.Completed }.Write(run.File("runs", "stays"));
        Assert.Equal([RunState.Completed], Next());
        Assert.False(polls.MoveNext());

        IEnumerable<RunState> Next() => polls.MoveNext() ? polls.Current.Select(one => one.State) : [];
    }

    [Fact]
    public void Nested_runs_are_listed_after_their_parent_without_files_moved_aside()
    {
        run.Train(request => request with { ResultsPath = run.File("results", "below"), MaxSteps = 2 });
        run.Train(request => request with { MaxSteps = 2 });
        run.Train(request => request with { Force = true });
        Assert.Single(Directory.GetDirectories(run.Results, "old-*"));

        Assert.Equal([(run.Results, 4), (run.File("results", "below"), 2)], TrainingRun.List(run.Results).Select(one => (one.ResultsPath, one.Step)));
    }

    [Fact]
    public void Runs_below_a_folder_are_listed_and_one_without_status_by_its_checkpoint()
    {
        run.Train(request => request with { ResultsPath = run.File("runs", "b"), MaxSteps = 2 });
        run.Train(request => request with { ResultsPath = run.File("runs", "a") });
        File.Delete(run.File("runs", "a", RunStatus.Name));
        Directory.CreateDirectory(run.File("runs", "empty"));

        var listed = TrainingRun.List(run.File("runs"));

        Assert.Equal([(run.File("runs", "a"), RunState.Unknown, 4), (run.File("runs", "b"), RunState.Completed, 2)],
            listed.Select(one => (one.ResultsPath, one.State, one.Step)));
        Assert.True(listed[0].Loss > 0);
        foreach (var folder in new[] { run.File("runs", "empty"), run.File("absent") })
        {
            Assert.Equal("TinySora.Training.NoRun", Assert.Throws<TinySoraException>(() => TrainingRun.List(folder)).Id);
        }
    }

    [Fact]
    public void TensorBoard_events_are_written_on_request_and_a_resumed_run_adds_a_file()
    {
        run.Train(request => request with { ResultsPath = run.File("without") });
        Assert.Empty(Directory.GetFiles(run.File("without"), "*tfevents*"));

        run.Train(request => request with { MaxSteps = 3 }, trainer => trainer with { Tensorboard = true });
        run.Train(null, trainer => trainer with { Tensorboard = true });

        var files = Directory.GetFiles(run.Results, "events.out.tfevents.*").Order(StringComparer.Ordinal).Select(Events).ToList();
        Assert.Equal([["0 3", "1 7", "1 5", "2 5", "3 5"], ["0 3", "4 7", "4 5"]], files);
    }

    [Fact]
    public void Loss_of_every_step_has_the_tag_Loss_in_TensorBoard_events()
    {
        run.Train(null, trainer => trainer with { Tensorboard = true });
        var losses = Messages(Assert.Single(Directory.GetFiles(run.Results, "events.out.tfevents.*"))).SelectMany(Scalars)
            .Where(scalar => scalar.Tag == "Loss").Select(scalar => scalar.Value);
        Assert.Equal(MetricsFile.Read(run.File("results", MetricsFile.Name)).Select(step => (float)step.Loss), losses);
    }

    [Fact]
    public void Run_that_reverts_to_a_checkpoint_restarts_its_events_and_curve_from_there()
    {
        using var folder = ResultsFolder.Open(run.Results);
        using (var monitor = new RunMonitor(new RecordingObserver(), folder, new TrainerConfig { Tensorboard = true }, "cpu", 9))
        {
            foreach (var step in new[] { 1, 2, 3, 2, 3 })
            {
                monitor.StepCompleted(new TrainingStep(step, 0.5, 1e-4, 1, 20, TimeSpan.FromSeconds(step)));
            }
        }

        Assert.Equal(["0 3", "1 7", "1 5", "2 5", "3 5", "2 7", "2 5", "3 5"], Events(Assert.Single(Directory.GetFiles(run.Results, "*tfevents*"))));
    }

    [Fact]
    public void Dashboard_failure_is_one_warning_and_does_not_end_the_run()
    {
        Directory.CreateDirectory(run.File("results", Dashboard.Name));
        Assert.Equal(RunState.Completed, run.Train().StoppedBecause);
        Assert.Single(run.Observer.Warnings, text => text.Contains(Dashboard.Name, StringComparison.Ordinal));
    }

    /// <summary>Lists each event's step and field number: 3 version, 5 numbers, 7 restart.</summary>
    private static List<string> Events(string path) =>
        [.. Messages(path).Select(message => Step(message) is var (step, field) ? $"{step} {message[field] >> 3}" : "")];

    /// <summary>Nine bytes of time, two bytes of step (omitted for step 0), then the other field.</summary>
    private static (int Step, int Field) Step(byte[] message) => message[9] == 0x10 ? (message[10], 11) : (0, 9);

    /// <summary>Tags and values of an event of numbers: blocks of a tag (0A, length, text) and a float (15, four bytes).</summary>
    private static List<(string Tag, float Value)> Scalars(byte[] message)
    {
        var found = new List<(string, float)>();
        var field = Step(message).Field;
        for (var at = field + 2; message[field] == 0x2A && at < message.Length; at += 2 + message[at + 1])
        {
            var tag = message.AsSpan(at + 4, message[at + 3]);
            found.Add((Encoding.UTF8.GetString(tag), BinaryPrimitives.ReadSingleLittleEndian(message.AsSpan(at + 5 + tag.Length))));
        }

        return found;
    }

    private static List<byte[]> Messages(string path)
    {
        var (bytes, found) = (File.ReadAllBytes(path), new List<byte[]>());
        for (var at = 0; at < bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));
            found.Add(bytes[(at + 12)..(at + 12 + length)]);
            at += 12 + length + 4;
        }

        return found;
    }
}
