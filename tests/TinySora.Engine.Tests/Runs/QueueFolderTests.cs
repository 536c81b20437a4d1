using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Tests.Runs;

/// <summary>Waiting runs: what the queue's folder stores, which process executes a run and which one starts it.</summary>
public sealed class QueueFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly QueueFolder queue;

    public QueueFolderTests() => queue = new QueueFolder(folder.File("queue"));

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Runs_keep_their_order_and_request_until_they_are_moved()
    {
        var first = Entry("a") with
        {
            Threads = 2, Processes = 3, SummaryPath = "/s.json", NotifyUri = new Uri("https://chat.example.org/x"),
            Request = Request("a") with { Hours = TimeWindow.Parse("22:00-06:30"), Until = new(Loss: 0.5), Seed = 8, Tags = ["t"] },
        };
        queue.Write(first);
        "bcd".ToList().ForEach(name => queue.Write(Entry($"{name}")));
        Assert.Equal("abcd", Order());

        var read = new QueueFolder(queue.Folder).Runs()[0];
        Assert.Equal(first with { Id = read.Id, Rank = read.Rank, NotifyOn = read.NotifyOn, Request = read.Request }, read);
        Assert.Empty(ConfigFile.Compare(first.Request.Config, read.Request.Config));
        Assert.Equal((first.Request.Hours, first.Request.Until, first.Request.Seed), (read.Request.Hours, read.Request.Until, read.Request.Seed));

        queue.Move(Find("d"), 1);
        Assert.Equal("dabc", Order());
        queue.Move(Find("a"), 3);
        Assert.Equal("dbac", Order());
        queue.Move(Find("d"), 99);
        Assert.Equal("bacd", Order());

        // Queuing the same folder again keeps its place, and a run that is executing cannot be moved.
        queue.Write(Entry("a") with { Threads = 1 });
        Assert.Equal(("bacd", 1), (Order(), Find("a").Threads));
        using var held = queue.Claim(Find("b").Id)!.Value.Held;
        queue.Move(Find("c"), 1);
        Assert.Equal(("bcad", 1, null), (Order(), new QueueSnapshot(queue).PositionOf(Find("c")), new QueueSnapshot(queue).PositionOf(Find("b"))));
    }

    [Fact]
    public void Unreadable_entries_do_not_block_the_queue()
    {
        queue.Write(Entry("a"));
        File.WriteAllText(Path.Combine(queue.Folder, "0000000000000000001-x.json.partial"), "{");
        File.WriteAllText(Path.Combine(queue.Folder, "0000000000000000002-y.json"), "{");
        File.WriteAllText(Path.Combine(queue.Folder, "noname.json"), "{}");
        File.WriteAllText(Path.Combine(queue.Folder, "0000000000000000003-z.json"), "null");
        Assert.Equal("a", Order());

        // The message says which entry, where, why, and what to do.
        var unread = queue.Unread();
        Assert.Equal(["noname", "y", "z"], unread.Select(sentence => sentence.Split('\'')[1]).Order(StringComparer.Ordinal));
        Assert.All(unread, sentence => Assert.Contains(queue.Folder, sentence, StringComparison.Ordinal));
        Assert.All(unread, sentence => Assert.EndsWith("delete the file and queue the run again.", sentence, StringComparison.Ordinal));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(queue.Folder));
        }
    }

    /// <summary>The entry may contain a secret address.</summary>
    [Fact]
    public void Entry_left_incomplete_by_a_dead_process_is_removed_with_the_next_one()
    {
        queue.Write(Entry("a"));
        File.WriteAllText(Path.Combine(queue.Folder, "0000000000000000001-x.json.partial"), "{");
        queue.Write(Entry("b"));
        Assert.Equal("ab", Order());
        Assert.Empty(Directory.GetFiles(queue.Folder, "*.partial"));
    }

    [Fact]
    public async Task Process_that_never_releases_the_order_is_named_instead_of_waited_for()
    {
        var run = queue.Write(Entry("a"));
        var (path, hasty) = (Path.Combine(queue.Folder, "order.lock"), new QueueFolder(queue.Folder) { LongestWait = TimeSpan.FromMilliseconds(1) });
        using (new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            await IsRefused(() => hasty.Write(Entry("b")));
            await IsRefused(() => hasty.Move(run, 2));
            await IsRefused(() => QueueOperations.Remove(hasty, run));
        }

        Assert.Equal("a", Order());
        Assert.False(queue.IsAtWork(run));
        Assert.True(QueueOperations.Remove(hasty, run));

        async Task IsRefused(Action change)
        {
            var task = Task.Run(change).WaitAsync(TimeSpan.FromMinutes(1));
            var error = await Assert.ThrowsAsync<TinySoraException>(() => task);
            Assert.Equal(("TinySora.Training.QueueHeld", path), (error.Id, error.Target));
        }
    }

    [Fact]
    public void Run_is_claimed_by_one_process_and_by_none_after_its_removal()
    {
        var id = queue.Write(Entry("a")).Id;
        var (run, held) = queue.Claim(id)!.Value;
        Assert.True(queue.IsAtWork(run));
        Assert.Null(queue.Claim(id));
        Assert.False(QueueOperations.Remove(queue, run));
        queue.Remove(run, held);
        Assert.Null(queue.Claim(id));
        Assert.Equal([Path.Combine(queue.Folder, "order.lock")], Directory.GetFiles(queue.Folder));
    }

    [Fact]
    public void Waiting_run_has_a_status_in_its_folder_that_its_removal_deletes()
    {
        var added = QueueOperations.Add(queue, Entry("a") with { Request = Request("a") with { Note = "why", MaxSteps = 3 } }, _ => { });
        Assert.Equal((RunState.Queued, false, false, 3, "why"), (added.State, added.IsLive, added.HasEnded, added.TotalSteps, added.Note));
        Assert.True(QueueOperations.Remove(queue, queue.Runs()[0]));
        Assert.Empty(queue.Runs());
        Assert.False(Directory.Exists(folder.File("a")));
    }

    [Fact]
    public void Folder_with_a_run_is_queued_to_resume_refused_or_moved_aside()
    {
        using var tiny = new TinyRun();
        tiny.Train(request => request with { MaxSteps = 2 });
        var requested = new QueuedRun { Request = new TrainingRequest { Config = TinyRun.Config, DataPath = tiny.Data, ResultsPath = tiny.Results } };
        Assert.Equal(RunState.Completed, QueueOperations.Add(queue, requested with { Request = requested.Request with { MaxSteps = 2 } }, _ => { }).State);
        Assert.Empty(queue.Runs());

        var waits = QueueOperations.Add(queue, requested, _ => { });
        Assert.Equal((RunState.Queued, 2, 4), (waits.State, waits.Step, waits.TotalSteps));
        Assert.True(QueueOperations.Remove(queue, queue.Runs()[0]));
        Assert.Equal(RunState.Cancelled, TrainingRun.List(tiny.Results)[0].State);

        var other = requested with { Request = requested.Request with { Seed = 99 } };
        Assert.Equal("TinySora.Training.OtherConfiguration", Assert.Throws<TinySoraException>(() => QueueOperations.Add(queue, other, _ => { })).Id);
        QueueOperations.Add(queue, other with { Request = other.Request with { Force = true } }, _ => { });
        Assert.False(Assert.Single(queue.Runs()).Request.Force);
        Assert.Single(Directory.GetDirectories(tiny.Results, "old-*"));

        // Files that were moved aside return if the run cannot be queued.
        Assert.Single(Directory.GetFiles(tiny.Results, "status.json"));
        var hasty = new QueueFolder(queue.Folder) { LongestWait = TimeSpan.FromMilliseconds(1) };
        using (new FileStream(Path.Combine(queue.Folder, "order.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            var force = other with { Request = other.Request with { Force = true } };
            Assert.Equal("TinySora.Training.QueueHeld", Assert.Throws<TinySoraException>(() => QueueOperations.Add(hasty, force, _ => { })).Id);
        }

        Assert.Single(Directory.GetFiles(tiny.Results, "status.json"));
        Assert.Single(Directory.GetDirectories(tiny.Results, "old-*"));

        using (ResultsFolder.Open(tiny.Results))
        {
            Assert.Equal(TrainingErrors.FolderInUseId, Assert.Throws<TinySoraException>(() => QueueOperations.Add(queue, requested, _ => { })).Id);
        }
    }

    [Fact]
    public void Initial_checkpoint_in_the_folder_of_the_run_is_moved_aside_with_it()
    {
        using var tiny = new TinyRun();
        var initial = tiny.Train(request => request with { MaxSteps = 2 }).Checkpoint;
        var request = new TrainingRequest
        {
            Config = TinyRun.Config, DataPath = tiny.Data, ResultsPath = tiny.Results, Force = true, InitialCheckpoint = initial,
        };
        QueueOperations.Add(queue, new QueuedRun { Request = request }, _ => { });
        var moved = Assert.Single(queue.Runs()).Request.InitialCheckpoint;
        Assert.Equal((false, true, Path.GetFileName(initial)), (moved == initial, File.Exists(moved), Path.GetFileName(moved)));
    }

    [Fact]
    public void Run_that_claims_to_wait_but_is_in_no_queue_needs_attention()
    {
        var lost = folder.File("lost");
        Directory.CreateDirectory(lost);
        new RunStatus { State = RunState.Queued, UpdatedAt = DateTimeOffset.Now.AddMinutes(-2) }.Write(lost);
        var run = Assert.Single(TrainingRun.List(lost));
        Assert.Equal((RunState.Queued, null, true), (run.State, run.Position, run.NeedsAttention));
        Assert.StartsWith("The queue on this machine has no readable entry for this run", run.Attention, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ends", "", RunState.Completed)]
    [InlineData("was reached", "", RunState.AlreadyComplete)]
    [InlineData("fails", "", RunState.Failed)]
    [InlineData("is told to stop", "", RunState.Cancelled)]
    [InlineData("is asked to end", "a", RunState.Cancelled)]
    [InlineData("is asked to end before the first step", "a", RunState.Queued)]
    [InlineData("finds its folder in use", "a", RunState.Queued)]
    [InlineData("has its hours behind it", "a", RunState.Queued)]
    [InlineData("ends shortly before its hours do", "a", RunState.Queued)]
    [InlineData("reaches another limit in its hours", "", RunState.TimeBudget)]
    public void Finished_run_leaves_the_queue_and_a_resumable_one_keeps_its_place(string what, string left, RunState state)
    {
        using var stop = new CancellationTokenSource();
        var from = DateTime.Now.AddHours(what.EndsWith("behind it", StringComparison.Ordinal) ? 12 : -1);
        var request = Request("a") with
        {
            Hours = TimeWindow.Parse($"{from:HH:mm}-{from.AddHours(2):HH:mm}"), MaxMinutes = what.StartsWith("reaches", StringComparison.Ordinal) ? 1 : null,
        };
        QueueOperations.Add(queue, Entry("a") with { Request = request }, _ => { });
        QueuedJob.Run(queue, queue.Runs()[0].Id, run =>
        {
            Assert.True(queue.IsAtWork(run));
            return what switch
            {
                "ends" => Ended(RunState.Completed),
                "was reached" => Ended(RunState.AlreadyComplete, reports: false),
                "fails" => throw new InvalidOperationException("broken"),
                "is told to stop" => Ended(RunState.Cancelled),
                "is asked to end" => Stopped(() => Ended(RunState.Cancelled)),
                "is asked to end before the first step" => Stopped(() => throw new OperationCanceledException()),
                "finds its folder in use" => throw TrainingErrors.FolderInUse(run.ResultsPath, null),
                _ => Ended(RunState.TimeBudget),
            };
        }, stop.Token);

        Assert.Equal((left, state), (Order(), TrainingRun.List(folder.File("a"))[0].State));
        Assert.True(left.Length > 0 || Directory.GetFiles(queue.Folder, "*.lock").Length == 1);
        QueuedJob.Run(queue, "other", _ => throw new InvalidOperationException("It is not there."), stop.Token);

        TrainingResult Ended(RunState reason, bool reports = true)
        {
            if (reports)
            {
                QueueOperations.Write(folder.File("a"), reason);
            }

            return new TrainingResult(folder.File("a"), "", 0, 0, TimeSpan.Zero, reason, 0, 0, 0);
        }

        TrainingResult Stopped(Func<TrainingResult> end)
        {
            stop.Cancel();
            return end();
        }
    }

    [Fact]
    public void Worker_starts_one_run_after_another_and_skips_one_that_dies()
    {
        "acd".ToList().ForEach(name => QueueOperations.Add(queue, Entry($"{name}"), _ => { }));
        queue.Move(Find("c"), 1);
        var started = new List<string>();
        var worker = new QueueWorker(queue, run => Task.Run(() =>
        {
            var name = Path.GetFileName(run.ResultsPath);
            started.Add(name);
            if (name == "a")
            {
                return new QueueWorker.JobEnd(137, "Killed");
            }

            // Runs added while the last one executes are started, too.
            if (name == "d")
            {
                QueueOperations.Add(queue, Entry("e"), _ => { });
            }

            Assert.True(queue.IsServed);
            new QueueWorker(queue, _ => throw new InvalidOperationException("One works at it already.")).Run(CancellationToken.None);
            QueuedJob.Run(queue, run.Id, _ => new TrainingResult(run.ResultsPath, "", 1, 0, TimeSpan.Zero, RunState.Completed, 0, 0, 0), CancellationToken.None);
            return new QueueWorker.JobEnd(0, "");
        }));
        worker.Run(TestContext.Current.CancellationToken);

        Assert.Equal(["c", "a", "d", "e"], started);
        Assert.Equal("", Order());
        Assert.False(queue.IsServed);
        Assert.Equal(
            [RunState.Failed, RunState.Completed, RunState.Completed, RunState.Completed],
            "acde".Select(name => TrainingRun.List(folder.File($"{name}"))[0].State));
        Assert.Contains("137", TrainingRun.List(folder.File("a"))[0].Problem, StringComparison.Ordinal);
    }

    /// <summary>For example after the module or the shell was moved; a worker from the new location continues.</summary>
    [Fact]
    public void Waiting_runs_keep_their_places_if_no_process_can_be_started()
    {
        "ab".ToList().ForEach(name => QueueOperations.Add(queue, Entry($"{name}"), _ => { }));
        var worker = new QueueWorker(queue, async _ => await Task.FromException<QueueWorker.JobEnd>(new IOException("no such program")));
        Assert.Equal("no such program", Assert.Throws<IOException>(() => worker.Run(TestContext.Current.CancellationToken)).Message);
        Assert.Equal("ab", Order());
        Assert.False(queue.IsServed);
    }

    [Theory]
    [InlineData("1 1", 2, true)]
    [InlineData("1 2", 2, false)]
    [InlineData("1 -", 64, false)]
    [InlineData("- 1", 64, false)]
    [InlineData("2x2 4", 8, true)]
    [InlineData("2x2 5", 8, false)]
    public void Runs_execute_together_if_each_declares_its_threads_and_there_are_cores_for_all(string threads, int cores, bool fits) => Assert.Equal(
        fits,
        QueueWorker.HasCores(
            [.. threads.Split(' ').Select(text => text.Split('x')).Select(part => Entry("a") with
            {
                Threads = part[0] == "-" ? null : int.Parse(part[0]), Processes = part.Length > 1 ? int.Parse(part[1]) : 1,
            })],
            cores));

    [Theory]
    [InlineData("Running 5, Running 3", 0, 5, true)]
    [InlineData("Running 5, Running 3", 0, 4, false)]
    [InlineData("Paused 3", 6, 5, false)]
    [InlineData("Starting 3", 0, 100, false)]
    [InlineData("Running 0", 0, 100, false)]
    [InlineData("-", 0, 100, false)]
    public void Run_starts_next_to_others_once_all_report_their_memory_and_enough_is_free(string atWork, long before, long free, bool fits) =>
        Assert.Equal(fits, QueueWorker.HasMemory(
            [.. atWork.Split(", ").Select(text => text == "-" ? null : Status(Enum.Parse<RunState>(text.Split(' ')[0]), long.Parse(text.Split(' ')[1])))],
            before == 0 ? null : Status(RunState.Queued, before), free));

    private static RunStatus Status(RunState state, long bytes) => new() { State = state, MemoryBytes = bytes };

    private TrainingRequest Request(string name) => new() { Config = TinyRun.Config, DataPath = folder.File("data"), ResultsPath = folder.File(name) };

    private QueuedRun Entry(string name) => new() { Request = Request(name) };

    private QueuedRun Find(string name) => queue.Find(folder.File(name))!;

    private string Order() => string.Concat(queue.Runs().Select(run => Path.GetFileName(run.ResultsPath)));
}
