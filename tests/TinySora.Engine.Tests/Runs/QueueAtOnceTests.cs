using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using TinySora.Simulation;

namespace TinySora.Engine.Tests.Runs;

/// <summary>Processes that read and change a queue simultaneously, interleaved by a seed.</summary>
public sealed class QueueAtOnceTests : IDisposable
{
    private const int Seeds = 20, Looks = 6, LongestDelay = 150;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Run_being_moved_is_always_seen_in_the_queue() => InEveryOrder(queue =>
    [
        () => queue.Move(Find(queue, "d"), 1),
        () =>
        {
            for (var i = 0; i < Looks; i++)
            {
                Assert.Equal("abcd", string.Concat(queue.Runs().Select(Name).Order()));
            }
        },
    ]);

    [Fact]
    public void Two_moved_runs_get_distinct_places() => InEveryOrder(queue =>
    [
        () => queue.Move(Find(queue, "d"), 1),
        () => queue.Move(Find(queue, "a"), 3),
    ]);

    [Fact]
    public void Run_queued_again_while_others_move_is_listed_once() => InEveryOrder(queue =>
    [
        () => queue.Move(Find(queue, "d"), 1),
        () => queue.Write(Entry("b")),
    ]);

    [Fact]
    public void Run_that_ends_while_it_is_moved_is_removed() => InEveryOrder(
        queue =>
        [
            () => queue.Move(Find(queue, "d"), 1),
            () =>
            {
                if (queue.Claim(Find(queue, "b").Id) is var (run, held))
                {
                    queue.Remove(run, held);
                }
            },
        ],
        "acd");

    /// <summary>A process that cannot remove a run releases it; otherwise it would wait for itself.</summary>
    [Fact]
    public void Failed_removal_is_reported_and_the_run_can_be_claimed_again()
    {
        QueueFolder queue = new(folder.File("queue"));
        queue.Write(Entry("a"));
        var (run, held) = queue.Claim(Find(queue, "a").Id)!.Value;
        var order = Path.Combine(queue.Folder, "order.lock");
        File.Delete(order);
        Directory.CreateDirectory(order);

        Assert.Equal("TinySora.Training.CannotQueue", Assert.Throws<TinySoraException>(() => queue.Remove(run, held)).Id);

        Directory.Delete(order);
        (run, held) = queue.Claim(run.Id)!.Value;
        queue.Remove(run, held);
        Assert.Empty(queue.Runs());
    }

    /// <summary>Covers ranks without a gap between them, where other runs have to be shifted.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public void Killed_move_leaves_every_run_with_its_own_place(int distance)
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            QueueFolder queue = new(folder.File($"queue {seed}"));
            "abcd".ToList().ForEach(name => queue.Write(Entry($"{name}")));
            foreach (var (file, i) in Directory.GetFiles(queue.Folder, "*.json").Order(StringComparer.Ordinal).Select((file, i) => (file, i)))
            {
                File.Move(file, Path.Combine(queue.Folder, $"{i * distance:D19}-{file.Split('-')[^1]}"));
            }

            using Schedule schedule = new(seed);
            var mover = schedule.Add("mover", () =>
            {
                queue.Move(Find(queue, "d"), 2);
                queue.Move(Find(queue, "a"), 3);
                queue.Move(Find(queue, "c"), 1);
            });
            for (var moments = schedule.Random.Next(Seeds); moments > 0 && mover.IsLive; moments--)
            {
                schedule.Step();
            }

            mover.Kill();
            var left = queue.Runs();
            Assert.Equal((seed, 4), (seed, left.Select(run => run.Rank).Distinct().Count()));
            string[] orders = ["abcd", "adbc", "dbac", "cdba"];
            Assert.Contains(string.Concat(left.Select(Name)), orders);
        }
    }

    /// <summary>Notifications about a folder that is being deleted are not sent either.</summary>
    [Fact]
    public void Run_taken_out_while_it_is_queued_is_not_reported_as_waiting()
    {
        var run = Entry("a");
        var takenOut = 0;
        for (var seed = 1; seed <= Seeds; seed++)
        {
            QueueFolder queue = new(folder.File($"queue {seed}"));
            using Schedule schedule = new(seed);
            schedule.Add("queues", Add);
            schedule.Add("queues again", Add);
            schedule.Add("takes out", () =>
            {
                for (var look = 0; look < Seeds; look++)
                {
                    takenOut += queue.Find(run.ResultsPath) is QueuedRun there && QueueOperations.Remove(queue, there) ? 1 : 0;
                    ProcessScheduler.Wait(TimeSpan.FromMilliseconds(schedule.Random.Next(Seeds)));
                }
            });
            schedule.Finish();

            var state = RunStatus.Read(run.ResultsPath)?.State;
            Assert.Equal((seed, queue.Runs().Count == 1 ? RunState.Queued : null), (seed, state));
            queue.Runs().ToList().ForEach(left => QueueOperations.Remove(queue, left));

            void Add()
            {
                try
                {
                    QueueOperations.Add(queue, run, _ => { });
                }
                catch (TinySoraException e) when (e.Id == "TinySora.Training.FolderInUse")
                {
                    // The other process is about to.
                }
            }
        }

        Assert.InRange(takenOut, 1, int.MaxValue);
    }

    [Fact]
    public void Run_queued_again_while_its_turn_ends_waits_in_the_queue()
    {
        var run = Entry("a");
        var again = 0;
        for (var seed = 1; seed <= Seeds * Looks; seed++)
        {
            QueueFolder queue = new(folder.File($"queue {seed}"));
            QueueOperations.Add(queue, run, _ => { });
            using Schedule schedule = new(seed);
            schedule.Add("job", () => QueuedJob.Run(queue, Find(queue, "a").Id, Train, CancellationToken.None));
            schedule.Add("queues again", () =>
            {
                ProcessScheduler.Wait(TimeSpan.FromMilliseconds(schedule.Random.Next(LongestDelay)));
                QueueOperations.Add(queue, run, _ => { });
            });
            schedule.Finish();

            var state = RunStatus.Read(run.ResultsPath)?.State;
            Assert.Equal((seed, queue.Runs().Count == 1), (seed, state == RunState.Queued));
            again += queue.Runs().Count;
            queue.Runs().ToList().ForEach(left => QueueOperations.Remove(queue, left));
        }

        Assert.InRange(again, 1, (Seeds * Looks) - 1);

        static TrainingResult Train(QueuedRun run)
        {
            using var opened = ResultsFolder.Open(run.ResultsPath);
            QueueOperations.Write(run.ResultsPath, RunState.Completed);
            return new TrainingResult(run.ResultsPath, "", 1, 0, TimeSpan.Zero, RunState.Completed, 0, 0, 0);
        }
    }

    /// <summary>Simulates processes on a queue of four runs, once for each seed.</summary>
    /// <param name="left">The runs that remain in the queue, each in its own place.</param>
    private void InEveryOrder(Func<QueueFolder, Action[]> processes, string left = "abcd")
    {
        QueueFolder model = new(folder.File("queue"));
        "abcd".ToList().ForEach(name => model.Write(Entry($"{name}")));
        var first = Directory.GetFiles(model.Folder, "*.json").ToList();
        for (var seed = 1; seed <= Seeds; seed++)
        {
            QueueFolder queue = new(Directory.CreateDirectory(folder.File($"queue {seed}")).FullName);
            first.ForEach(file => File.Copy(file, Path.Combine(queue.Folder, Path.GetFileName(file))));
            using (Schedule schedule = new(seed))
            {
                foreach (var work in processes(queue))
                {
                    var delay = TimeSpan.FromMilliseconds(schedule.Random.Next(LongestDelay));
                    schedule.Add("process", () =>
                    {
                        ProcessScheduler.Wait(delay);
                        work();
                    });
                }

                schedule.Finish();
            }

            Assert.Equal((seed, left), (seed, string.Concat(queue.Runs().Select(Name).Order())));
            Assert.Equal((seed, left.Length), (seed, queue.Runs().Select(run => run.Rank).Distinct().Count()));
            Assert.Equal((seed, left.Length), (seed, Directory.GetFiles(queue.Folder, "*.json").Length));
        }
    }

    private static QueuedRun Find(QueueFolder queue, string name) => queue.Runs().Single(run => Name(run) == name);

    private static string Name(QueuedRun run) => Path.GetFileName(run.ResultsPath);

    private QueuedRun Entry(string name) => new() { Request = new TrainingRequest { Config = TinyRun.Config, ResultsPath = folder.File(name), DataPath = "data" } };
}
