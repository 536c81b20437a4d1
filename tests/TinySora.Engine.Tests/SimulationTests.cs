using TinySora.Engine.Files;
using TinySora.Simulation;

namespace TinySora.Engine.Tests;

/// <summary>
/// Processes that share folders and a queue are interleaved by a seed, and some of them are killed; all guarantees must hold.
/// `build.sh simulate` plays as many schedules as fit into a night.
/// </summary>
public sealed class SimulationTests : IDisposable
{
    private const int Schedules = 40;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Guarantees_hold_in_every_order()
    {
        for (var seed = 1; seed <= Schedules; seed++)
        {
            using World world = new(folder.File("world"), seed);
            Assert.Equal((seed, null), (seed, world.Play()));
        }
    }

    [Fact]
    public void Seed_reproduces_a_schedule()
    {
        Assert.Equal(Story(7), Story(7));
        Assert.NotEqual(Story(7), Story(8));

        IReadOnlyList<string> Story(int seed)
        {
            using World world = new(folder.File("world"), seed);
            world.Play();
            return [$"{world.Moments}", .. world.Story];
        }
    }

    [Fact]
    public void Killed_process_leaves_its_lock_and_does_nothing_more()
    {
        using Schedule schedule = new(1);
        var path = folder.File("lock");
        List<string> done = [];
        var first = schedule.Add("first", () =>
        {
            using var held = FileLock.TryTake(path)!;
            try
            {
                ProcessScheduler.Wait(TimeSpan.FromHours(1));
                done.Add("first");
            }
            finally
            {
                BusyFile.TryDelete(path);
            }
        });
        while (!FileLock.IsTaken(path))
        {
            schedule.Step();
        }

        first.Kill();
        Assert.False(FileLock.IsTaken(path));
        schedule.Add("second", () =>
        {
            using var held = FileLock.TryTake(path);
            done.Add(held is null ? "refused" : "second");
        });
        schedule.Finish();

        Assert.Equal(["second"], done);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void Error_and_endless_wait_are_detected()
    {
        using (Schedule failing = new(1))
        {
            failing.Add("fails", () => throw new FormatException("odd"));
            Assert.Contains("odd", Assert.Throws<InvalidOperationException>(failing.Step).Message, StringComparison.Ordinal);
        }

        using Schedule endless = new(1);
        endless.Add("waits", () =>
        {
            while (true)
            {
                ProcessScheduler.Wait(TimeSpan.FromSeconds(1));
            }
        });
        Assert.Contains("waits", Assert.Throws<InvalidOperationException>(endless.Finish).Message, StringComparison.Ordinal);
    }
}
