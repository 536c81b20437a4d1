using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Display;
using TinySora.Engine.Runs.Control;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using static TorchSharp.torch;

namespace TinySora.Simulation;

/// <summary>
/// Simulates runs, a queue and processes that send requests on one schedule. Folders, mailboxes, locks and the queue are the product's own; only training
/// steps are simulated.
/// </summary>
internal sealed class World : IDisposable
{
    private const string Moving = "moves", EndedMeanwhile = TrainingErrors.EndedMeanwhileId;

    private const int Folders = 4, MaxActors = 12, MaxKills = 2, LongestStep = 150;

    /// <summary>Number of steps of a complete run.</summary>
    private const int Steps = 6;

    /// <summary>Errors for requests that come too late or too early.</summary>
    private static readonly string[] Refusals =
        [TrainingErrors.FolderInUseId, "TinySora.Training.NotLive", EndedMeanwhile, "TinySora.Training.NoRun"];

    private static readonly RunConfig Config = new() { Trainer = new TrainerConfig { Track = false, Seed = 1 } };

    private static readonly Lazy<TrainingState> State = new(() => new TrainingState(nn.Linear(1, 1), Config.Trainer));

    private readonly string root;
    private readonly Schedule schedule;
    private readonly QueueFolder queue;

    /// <summary>Actor that trains in each folder.</summary>
    private readonly Dictionary<string, Actor> writers = [];

    /// <summary>Number of times that each named request was executed.</summary>
    private readonly Dictionary<string, int> carriedOut = [];

    /// <summary>Queued folders, whose runs must complete.</summary>
    private readonly HashSet<string> promised = [];

    /// <summary>Folders whose run was stopped or whose process was killed, so that other outcomes are allowed.</summary>
    private readonly HashSet<string> disturbed = [];

    private readonly List<string> story = [];
    private int orders;

    /// <param name="root">Folder that does not exist yet.</param>
    public World(string root, int seed)
    {
        this.root = Directory.CreateDirectory(root).FullName;
        schedule = new Schedule(seed);
        queue = new QueueFolder(Path.Combine(root, "queue"));
    }

    /// <summary>Log of events.</summary>
    public IReadOnlyList<string> Story => story;

    /// <summary>Number of moments.</summary>
    public int Moments => schedule.Moments;

    private Random Random => schedule.Random;

    /// <summary>Simulates one schedule.</summary>
    /// <returns>The problem; <c>null</c> for none.</returns>
    public string? Play()
    {
        try
        {
            var count = Random.Next(3, MaxActors);
            for (var i = 0; i < count; i++)
            {
                Begin(i);
                StepTimes(Random.Next(60));
            }

            var kills = Random.Next(MaxKills + 1);
            for (var i = 0; i < kills; i++)
            {
                StepTimes(Random.Next(200));
                KillOne();
            }

            schedule.Add("closer", Close);
            schedule.Finish();

            ProcessScheduler.Simulated = null;
            return Wrong();
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }
    }

    public void Dispose()
    {
        schedule.Dispose();
        Directory.Delete(root, recursive: true);
    }

    private void StepTimes(int times)
    {
        for (var i = 0; i < times && schedule.Live.Any(); i++)
        {
            schedule.Step();
        }
    }

    private void Begin(int number)
    {
        var folder = Path.Combine(root, $"{(char)('a' + Random.Next(Folders))}");
        var (name, work) = Random.Next(12) switch
        {
            0 or 1 => ("starts", () => Train(folder)),
            2 or 3 or 4 or 5 => ("queues", () => Queue(folder)),
            6 or 7 => ("orders", () => Order(folder, Random.Next(1, 4))),
            8 or 9 => (Moving, () => Move(folder, Random.Next(1, Folders + 1))),
            10 => ("stops", () => Stop(folder)),
            _ => ("watches", (Action)Watch),
        };
        Add($"{number} {name} {Path.GetFileName(folder)}", () => Refusable(work));
    }

    private Actor Add(string name, Action work)
    {
        story.Add($"{schedule.Now}: {name} begins");
        return schedule.Add(name, work);
    }

    private void KillOne()
    {
        var all = schedule.Live.ToList();
        if (all.Count == 0)
        {
            return;
        }

        var victim = all[Random.Next(all.Count)];
        story.Add($"{schedule.Now}: {victim.Name} is killed");
        victim.Kill();
        foreach (var folder in writers.Where(pair => pair.Value == victim).Select(pair => pair.Key).ToList())
        {
            writers.Remove(folder);
        }

        // The last word of a name is the folder, if there is one.
        disturbed.Add(Path.Combine(root, victim.Name.Split(' ')[^1]));
    }

    private void Refusable(Action work)
    {
        try
        {
            work();
        }
        catch (TinySoraException e) when (Refusals.Contains(e.Id))
        {
            story.Add($"{schedule.Now}: {e.Id}");
        }
    }

    private static int Progress(string folder) => File.Exists(ProgressOf(folder)) ? int.Parse(File.ReadAllText(ProgressOf(folder))) : 0;

    private static string ProgressOf(string folder) => Path.Combine(folder, "progress");

    /// <summary>Simulates a run whose steps only take time.</summary>
    private TrainingResult Train(string folder)
    {
        using var opened = ResultsFolder.Open(folder);
        var me = (Actor)ProcessScheduler.Simulated!;
        if (!writers.TryAdd(folder, me))
        {
            throw new InvalidOperationException($"{me.Name} and {writers[folder].Name} train in one folder.");
        }

        story.Add($"{schedule.Now}: {me.Name} trains in {Path.GetFileName(folder)}");
        using RunMonitor monitor = new(new SilentObserver(), opened, Config.Trainer, "cpu", Steps);
        RunControl control = new(opened, monitor, CarryOut);
        monitor.Begin(State.Value, Config.Trainer, Steps, smallestLoss: null);
        var step = Progress(folder);
        var reason = RunState.Completed;
        while (step < Steps)
        {
            control.HandleRequests(State.Value, () => "checkpoint", () => { });
            if (control.IsStopped)
            {
                reason = RunState.Cancelled;
                break;
            }

            ProcessScheduler.Wait(TimeSpan.FromMilliseconds(Random.Next(LongestStep)));
            if (!control.IsPaused)
            {
                File.WriteAllText(ProgressOf(folder), $"{++step}");
            }
        }

        monitor.End(reason);
        writers.Remove(folder);
        return new TrainingResult(folder, "", step, 0, TimeSpan.Zero, reason, 0, 0, 0);
    }

    private string CarryOut(RunRequest order)
    {
        var name = order.Prompts![0];
        carriedOut[name] = carriedOut.GetValueOrDefault(name) + 1;
        return "picture";
    }

    private void Queue(string folder)
    {
        var run = QueueOperations.Add(queue, new QueuedRun { Request = new TrainingRequest { Config = Config, ResultsPath = folder, DataPath = root } }, _ => { });
        if (run.State == RunState.Queued)
        {
            promised.Add(folder);
        }

        Serve();
    }

    private void Serve()
    {
        if (!queue.IsServed)
        {
            Add("worker", () => new QueueWorker(queue, Start).Run(CancellationToken.None));
        }
    }

    private Task<QueueWorker.JobEnd> Start(QueuedRun run)
    {
        TaskCompletionSource<QueueWorker.JobEnd> end = new();
        var job = Add($"job {Path.GetFileName(run.ResultsPath)}", () => QueuedJob.Run(queue, run.Id, it => Train(it.ResultsPath), CancellationToken.None));
        job.Ended = () => end.TrySetResult(new(job.IsDead ? 137 : 0, ""));
        return end.Task;
    }

    /// <summary>Sends requests, which must be executed once if the run confirms them, and at most once otherwise.</summary>
    private void Order(string folder, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var name = $"order {orders++}";
            RunAction[] actions = [RunAction.Suspend, RunAction.Resume, RunAction.Save, RunAction.Preview, RunAction.Preview];
            var order = new RunRequest(actions[Random.Next(actions.Length)]) { Prompts = [name] };
            try
            {
                RunClient.Send(folder, order, CancellationToken.None);
            }
            catch (TinySoraException e) when (e.Id == EndedMeanwhile && carriedOut.ContainsKey(name) && !disturbed.Contains(folder))
            {
                throw new InvalidOperationException($"{name} was carried out, and who gave it was told that the run had ended before.");
            }

            if (order.Action == RunAction.Preview && carriedOut.GetValueOrDefault(name) != 1)
            {
                throw new InvalidOperationException($"{name} was executed {carriedOut.GetValueOrDefault(name)} times.");
            }
        }
    }

    private void Move(string folder, int position)
    {
        if (queue.Find(folder) is QueuedRun run && !queue.IsAtWork(run))
        {
            queue.Move(run, position);
        }
    }

    /// <summary>Stops a run like Stop-TinySoraRun.</summary>
    private void Stop(string folder)
    {
        disturbed.Add(folder);
        if (queue.Find(folder) is QueuedRun run)
        {
            if (!queue.IsAtWork(run) && QueueOperations.Remove(queue, run))
            {
                return;
            }

            QueueOperations.WaitUntilLive(queue, run, CancellationToken.None);
        }

        RunClient.Send(folder, new RunRequest(RunAction.Stop), CancellationToken.None);
        RunClient.WaitForEnd(folder, CancellationToken.None);
        if (queue.Find(folder) is QueuedRun left)
        {
            QueueOperations.WaitUntilDone(queue, left, CancellationToken.None);
        }
    }

    /// <summary>Lists runs, which must never fail.</summary>
    private void Watch()
    {
        for (var i = 0; i < 10; i++)
        {
            QueueSnapshot look = new(queue);
            foreach (var folder in AllFolders())
            {
                _ = TrainingRun.In(folder, look);
            }

            var expected = promised.ToList();
            var runs = queue.Runs();
            if (runs.GroupBy(run => run.ResultsPath).FirstOrDefault(runs => runs.Count() > 1) is { } twice)
            {
                throw new InvalidOperationException($"{Path.GetFileName(twice.Key)} is in the queue twice.");
            }

            // A run that is still incomplete now cannot have left the queue before.
            if (expected.Except(disturbed).Except(runs.Select(run => run.ResultsPath)).FirstOrDefault(folder => Progress(folder) < Steps) is string gone)
            {
                throw new InvalidOperationException($"{Path.GetFileName(gone)} was queued, but is missing in the queue.");
            }

            ProcessScheduler.Wait(TimeSpan.FromMilliseconds(Random.Next(100)));
        }
    }

    /// <summary>Resumes paused runs and the queue until nothing is left to do.</summary>
    private void Close()
    {
        while (queue.Runs().Count > 0 || AllFolders().Any(ResultsFolder.IsInUse))
        {
            if (queue.Runs() is { Count: > 0 } runs)
            {
                Serve();
                if (runs.DistinctBy(run => run.Rank).Count() != runs.Count && !schedule.Live.Any(actor => actor.Name.Contains(Moving, StringComparison.Ordinal)))
                {
                    throw new InvalidOperationException("Two runs have the same rank, so they cannot be ordered.");
                }
            }

            foreach (var folder in AllFolders().Where(folder => RunStatus.Read(folder)?.State == RunState.Paused))
            {
                Refusable(() => RunClient.Send(folder, new RunRequest(RunAction.Resume), CancellationToken.None));
            }

            ProcessScheduler.Wait(TimeSpan.FromMilliseconds(100));
        }
    }

    private IEnumerable<string> AllFolders() => Enumerable.Range(0, Folders).Select(i => Path.Combine(root, $"{(char)('a' + i)}")).Where(Directory.Exists);

    /// <summary>Returns the problem after all actors have ended.</summary>
    private string? Wrong()
    {
        if (carriedOut.FirstOrDefault(order => order.Value > 1).Key is string twice)
        {
            return $"{twice} was executed {carriedOut[twice]} times.";
        }

        foreach (var folder in promised.Except(disturbed))
        {
            if (Progress(folder) != Steps || RunStatus.Read(folder)?.State != RunState.Completed)
            {
                return $"{Path.GetFileName(folder)} was queued, but is {RunStatus.Read(folder)?.State} at step {Progress(folder)} of {Steps}.";
            }
        }

        foreach (var run in AllFolders().Where(TrainingRun.AreIn).Select(folder => TrainingRun.List(folder, new QueueSnapshot(queue))[0]))
        {
            if (!run.HasEnded || run.Position is not null || (run.State == RunState.Completed && Progress(run.ResultsPath) != Steps))
            {
                return $"{Path.GetFileName(run.ResultsPath)} is {run.State} at step {Progress(run.ResultsPath)} after all actors have ended.";
            }
        }

        return Directory.Exists(queue.Folder) && Directory.GetFiles(queue.Folder, "*.json").Length > 0 ? "The queue is not empty." : null;
    }
}
