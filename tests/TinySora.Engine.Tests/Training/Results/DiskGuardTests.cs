using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Tests.Training.Results;

public sealed class DiskGuardTests
{
    // 76 parameters, each tensor rounded up to 16: 96 floats, four times.
    private const long Checkpoint = 96 * 4 * sizeof(float);

    [Theory]
    [InlineData(3, 5, false)]   // three newest, the best, and the one being written
    [InlineData(3, 4, true)]
    [InlineData(2000, 1000, false)]
    [InlineData(3, 1, false, 4)] // the oldest is deleted when the next is written
    [InlineData(3, 0, true, 4)]
    [InlineData(0, 999, true, 500)] // all are kept
    public void Disk_that_the_run_may_fill_causes_a_warning(int keep, int room, bool warns, int there = 0)
    {
        var warning = Of(keep, (config, state) => DiskGuard.Shortage(config, state, 10000, room * Checkpoint, there));
        Assert.Equal(warns, warning?.Contains("disk may become full", StringComparison.Ordinal) == true);
    }

    /// <summary>Windows network shares have no drive that reports its free space.</summary>
    [Fact]
    public void Unknown_free_space_does_not_count_as_a_full_disk()
    {
        Assert.Null(Of(3, (config, state) => DiskGuard.Shortage(config, state, 10000, free: null)));
        Assert.Null(Record.Exception(() => DiskGuard.Free(@"\\localhost\no share")));
    }

    [Fact]
    public void Keeping_all_checkpoints_causes_a_warning_with_their_number() =>
        Assert.Contains("1000 checkpoints of ", Of(0, (config, state) => DiskGuard.KeepsAll(config, state, 10000)), StringComparison.Ordinal);

    private static string? Of(int keep, Func<TrainerConfig, TrainingState, string?> text)
    {
        using var task = new ToyTask();
        using var state = new TrainingState(task.Model, new TrainerConfig());
        return text(new TrainerConfig { KeepCheckpoints = keep }, state);
    }
}
