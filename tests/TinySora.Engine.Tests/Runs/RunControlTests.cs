using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Display;
using TinySora.Engine.Runs.Control;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using TinySora.Engine.Training.Sinks;
using TinySora.Simulation;

namespace TinySora.Engine.Tests.Runs;

public sealed class RunControlTests : IDisposable
{
    private const double NewRate = 2e-3;

    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Paused_run_takes_requests_and_frees_the_engine_thread()
    {
        using var live = new LiveRun(run);

        var paused = Send(RunAction.Suspend).Step;

        var listed = Assert.Single(TrainingRun.List(run.Results));
        Assert.Equal((RunState.Paused, paused), (listed.State, listed.Step));
        Assert.Equal(5, EngineThread.Run(() => 5));
        Assert.Equal(paused, Send(RunAction.Suspend).Step);
        Assert.Equal(paused, CheckpointStore.StepOf(Send(RunAction.Save).Path!));

        Send(RunAction.Resume);
        Assert.Equal(RunState.Running, Assert.Single(TrainingRun.List(run.Results)).State);
        while (Send(RunAction.Save).Step == paused)
        {
            Thread.Sleep(5);
        }
    }

    [Fact]
    public void Answer_reaches_its_client_after_the_run_has_ended_and_the_next_has_begun()
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            var folder = run.File($"results {seed}");
            RunAnswer? answer = null;
            Meet(seed, folder, run: () =>
            {
                using (ResultsFolder.Open(folder))
                {
                    while (Requests(folder) is [])
                    {
                        ProcessScheduler.Wait(TimeSpan.FromMilliseconds(5));
                    }

                    RunMailbox.Write(Path.ChangeExtension(Requests(folder)[0], RunMailbox.AnswerEnding), new RunAnswer(3, "checkpoint"));
                }

                using (ResultsFolder.Open(folder))
                {
                    ProcessScheduler.Wait(TimeSpan.FromSeconds(1));
                }
            }, client: () => answer = RunClient.Send(folder, new RunRequest(RunAction.Save), CancellationToken.None));

            Assert.Equal((seed, "checkpoint"), (seed, answer?.Path));
        }
    }

    [Fact]
    public void Request_to_a_killed_run_is_refused_when_the_next_has_begun()
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            var folder = run.File($"results {seed}");
            TinySoraException? error = null;
            Meet(seed, folder, run: () =>
            {
                using (ResultsFolder.Open(folder))
                {
                    while (Requests(folder) is [])
                    {
                        ProcessScheduler.Wait(TimeSpan.FromMilliseconds(5));
                    }
                }

                using (ResultsFolder.Open(folder))
                {
                    while (error is null)
                    {
                        ProcessScheduler.Wait(TimeSpan.FromMilliseconds(5));
                    }
                }
            }, client: () => error = Assert.Throws<TinySoraException>(
                () => RunClient.Send(folder, new RunRequest(RunAction.Save), CancellationToken.None)));

            Assert.Equal((seed, TrainingErrors.EndedMeanwhileId), (seed, error?.Id));
            Assert.Empty(Requests(folder));
        }
    }

    [Fact]
    public void Checkpoint_saved_on_request_can_be_loaded()
    {
        using var live = new LiveRun(run);
        var answer = Send(RunAction.Save);
        using var checkpoint = Checkpoint.Open(answer.Path!);
        Assert.Equal(answer.Step, checkpoint.Info.Step);
    }

    [Fact]
    public void Requested_previews_show_prompts_or_captions_with_the_current_weights()
    {
        using var live = new LiveRun(run);
        Send(RunAction.Suspend);
        var prompts = new RunRequest(RunAction.Preview) { Prompts = ["a red circle", "a blue square", "a red circle"], Seed = 4 };

        var first = RunClient.Send(run.Results, prompts, default);
        var again = RunClient.Send(run.Results, prompts, default);
        var grid = Send(RunAction.Preview);

        Assert.Matches(@"preview-\d{8}\.gif$", first.Path);
        Assert.Matches(@"preview-\d{8}-2\.gif$", again.Path);
        Assert.Equal(File.ReadAllBytes(first.Path!), File.ReadAllBytes(again.Path!));
        Assert.Matches(@"sample-\d{8}\.gif$", grid.Path);

        // Three prompts are two rows of two clips of 16 pixels with borders of two; the grid has four rows of four.
        Assert.Equal(4 * (16 + 4), ClipFile.Read(grid.Path!).Width);
        Assert.Equal(2 * (16 + 4), ClipFile.Read(first.Path!).Width);
        Assert.Contains(Path.GetFileName(first.Path!), File.ReadAllText(run.File("results", Dashboard.Name)), StringComparison.Ordinal);
    }

    [Fact]
    public void Request_whose_file_remains_is_handled_once()
    {
        using var live = new LiveRun(run);
        Send(RunAction.Suspend);
        for (var i = 0; i < 2; i++)
        {
            RunMailbox.Write(run.File("results", ".control", "0.request"), new RunRequest(RunAction.Preview) { Prompts = ["a red circle"] });
            Send(RunAction.Save);
        }

        Assert.Single(Directory.GetFiles(run.Results, "preview-*"));
    }

    [Fact]
    public void Request_remains_until_it_is_answered()
    {
        using var live = new LiveRun(run);
        Send(RunAction.Suspend);
        var request = run.File("results", ".control", "0.request");
        var answer = Path.ChangeExtension(request, RunMailbox.AnswerEnding);
        RunMailbox.Write(request, new RunRequest(RunAction.Preview) { Prompts = ["a red circle"] });
        while (!File.Exists(answer))
        {
            Assert.True(File.Exists(request) || File.Exists(answer));
            Thread.Sleep(1);
        }
    }

    [Fact]
    public void Stopped_run_saves_and_ends()
    {
        using var live = new LiveRun(run);
        Send(RunAction.Stop);
        var result = live.Result;
        Assert.Equal((RunState.Cancelled, result.Step), (result.StoppedBecause, CheckpointStore.Latest(run.Results).Step));
        Assert.Equal(RunState.Cancelled, Assert.Single(TrainingRun.List(run.Results)).State);
    }

    [Fact]
    public void Changed_learning_rate_applies_to_the_next_steps_and_to_a_resumed_run()
    {
        var undisturbed = Train("undisturbed");
        var whole = Train("whole", changeAt: 4);

        Assert.Equal([1e-4, NewRate], MetricsFile.Read(run.File("whole")).Select(step => step.LearningRate).Distinct());
        Assert.Equal(5, MetricsFile.Read(run.File("whole")).First(step => step.LearningRate == NewRate).Step);

        // Killed after a checkpoint that includes the change: the result equals the uninterrupted run.
        Train("killed", changeAt: 4);
        foreach (var later in CheckpointStore.List(run.File("killed")).Where(info => info.Step > 4))
        {
            File.Delete(later.Path);
        }

        CheckpointAssert.SameTensors(whole, Train("killed"));
        Assert.Contains(run.Observer.Warnings, text => text.Contains("learning rate is 0.002", StringComparison.Ordinal));

        // From a checkpoint before the change: the result equals the run without it.
        File.Delete(Path.Combine(run.File("killed"), "step-00000004.safetensors"));
        foreach (var later in CheckpointStore.List(run.File("killed")).Where(info => info.Step > 4))
        {
            File.Delete(later.Path);
        }

        CheckpointAssert.SameTensors(undisturbed, Train("killed"));
        using var checkpoint = Checkpoint.Open(undisturbed);
        Assert.False(checkpoint.File.Metadata.ContainsKey("train_lr"));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    [InlineData(null)]
    public void Invalid_learning_rate_is_refused_with_the_original_error(double? rate)
    {
        using var live = new LiveRun(run);
        var request = new RunRequest(RunAction.SetLearningRate) { LearningRate = rate };
        var error = Assert.Throws<TinySoraException>(() => RunClient.Send(run.Results, request, default));
        Assert.Equal(("TinySora.Training.BadLearningRate", ErrorKind.InvalidArgument), (error.Id, error.Kind));
        Assert.Contains("-LearningRate", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Pause_ends_when_the_time_limit_of_the_run_expires()
    {
        run.Train(
            request => request with { MaxMinutes = 0.01 }, trainer => trainer with { TrainNumSteps = 1_000_000 },
            progress => Post(run.Results, new RunRequest(RunAction.Suspend)));
        Assert.Equal(RunState.TimeBudget, Assert.Single(TrainingRun.List(run.Results)).State);
    }

    [Fact]
    public void Requests_to_an_ended_run_are_an_error()
    {
        run.Train();
        Assert.Equal("TinySora.Training.NotLive", Assert.Throws<TinySoraException>(() => Send(RunAction.Save)).Id);
        Assert.False(Directory.Exists(run.File("results", ".control")));
    }

    [Fact]
    public async Task Request_that_the_ending_run_misses_is_an_error_and_leaves_no_file()
    {
        Task<TinySoraException> order;
        using (ResultsFolder.Open(run.Results))
        {
            order = Task.Run(() => Assert.Throws<TinySoraException>(() => Send(RunAction.Save)));
            while (!Directory.Exists(run.File("results", ".control")) || Directory.GetFiles(run.File("results", ".control"), "*.request").Length == 0)
            {
                Assert.False(order.IsCompleted);
                Thread.Sleep(5);
            }
        }

        Assert.Equal("TinySora.Training.EndedMeanwhile", (await order).Id);
        Assert.Empty(Directory.GetFiles(run.File("results", ".control")));
    }

    [Fact]
    public void Request_removed_by_the_next_run_while_it_is_written_is_too_late()
    {
        using var folder = ResultsFolder.Open(run.Results);
        ProcessScheduler.Simulated = new Sweeper(run.File("results", ".control"));
        try
        {
            Assert.Equal("TinySora.Training.EndedMeanwhile", Assert.Throws<TinySoraException>(() => Send(RunAction.Save)).Id);
        }
        finally
        {
            ProcessScheduler.Simulated = null;
        }
    }

    [Fact]
    public void Abandoned_request_is_withdrawn()
    {
        using var folder = ResultsFolder.Open(run.Results);
        using var source = new CancellationTokenSource(100);
        Assert.ThrowsAny<OperationCanceledException>(() => RunClient.Send(run.Results, new RunRequest(RunAction.Save), source.Token));
        Assert.Empty(Directory.GetFiles(run.File("results", ".control")));
    }

    [Fact]
    public void Malformed_request_is_discarded()
    {
        using var live = new LiveRun(run);
        Directory.CreateDirectory(run.File("results", ".control"));
        File.WriteAllText(run.File("results", ".control", "0.request"), "nonsense");
        Send(RunAction.Save);
        Assert.False(File.Exists(run.File("results", ".control", "0.request")));
    }

    [Fact]
    public async Task Second_run_of_a_process_starts_when_the_first_has_ended()
    {
        var live = new LiveRun(run);
        using var other = new TinyRun();
        var second = Task.Run(() => other.Train());
        while (!other.Observer.Warnings.Any(text => text.StartsWith("Another run is training in this process", StringComparison.Ordinal)))
        {
            Assert.False(second.IsCompleted);
            Thread.Sleep(5);
        }

        Assert.False(Directory.Exists(other.Results));
        live.Dispose();
        Assert.Equal(RunState.Completed, (await second).StoppedBecause);
    }

    [Fact]
    public void Second_run_in_a_folder_in_use_by_the_same_process_is_refused_immediately()
    {
        using var live = new LiveRun(run);
        var error = Assert.Throws<TinySoraException>(() => run.Train());
        Assert.Equal("TinySora.Training.FolderInUse", error.Id);
        Assert.Contains($"process {Environment.ProcessId} ", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Interleaves a run with a client that begins when the run uses the folder.</summary>
    private static void Meet(int seed, string folder, Action run, Action client)
    {
        using Schedule schedule = new(seed);
        schedule.Add("run", run);
        while (!Directory.Exists(folder) || !ResultsFolder.IsInUse(folder))
        {
            schedule.Step();
        }

        schedule.Add("client", client);
        schedule.Finish();
    }

    private static string[] Requests(string folder) =>
        Directory.Exists(RunMailbox.In(folder)) ? Directory.GetFiles(RunMailbox.In(folder), "*" + RunMailbox.RequestEnding) : [];

    private RunAnswer Send(RunAction action) => RunClient.Send(run.Results, new RunRequest(action), default);

    private static void Post(string folder, RunRequest request)
    {
        Directory.CreateDirectory(RunMailbox.In(folder));
        RunMailbox.Write(Path.Combine(RunMailbox.In(folder), $"{Guid.NewGuid():N}{RunMailbox.RequestEnding}"), request);
    }

    /// <summary>Trains eight steps. The request to change the rate is posted within a step, so that it is always the same step.</summary>
    private string Train(string name, int changeAt = -1) => run.Train(
        request => request with { ResultsPath = run.File(name) },
        trainer => trainer with { TrainNumSteps = 8, SaveModelEvery = 2, KeepCheckpoints = 0 },
        progress =>
        {
            if (progress.Step == changeAt && progress.LearningRate != NewRate)
            {
                Post(run.File(name), new RunRequest(RunAction.SetLearningRate) { LearningRate = NewRate });
            }
        }).Checkpoint;

    /// <summary>Removes partial files from the mailbox whenever another process could intervene.</summary>
    private sealed class Sweeper(string mailbox) : ProcessScheduler.ISimulatedProcess
    {
        public long Now => Environment.TickCount64;

        public void Yield()
        {
            foreach (var path in Directory.Exists(mailbox) ? Directory.GetFiles(mailbox, "*.partial") : [])
            {
                File.Delete(path);
            }
        }

        public void Wait(TimeSpan time, CancellationToken cancellation) => cancellation.WaitHandle.WaitOne(time);

        public void TrackLock(FileStream held)
        {
        }
    }
}
