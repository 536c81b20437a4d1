using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Tests.Training.Results;

public sealed class DiskSpaceTests
{
    // 76 parameters, each tensor rounded up to 16: 96 floats, four times.
    private const long Checkpoint = 96 * 4 * sizeof(float);

    [Theory]
    [InlineData(3, 5, false)]   // three newest, the best, and the one that is being written
    [InlineData(3, 4, true)]
    [InlineData(2000, 1000, false)]
    public void A_disk_that_the_run_may_fill_is_warned_about(int keep, int room, bool warns)
    {
        var warning = Warning(keep, room * Checkpoint);
        Assert.Equal(warns, warning?.Contains("disk may become full", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void Keeping_all_checkpoints_is_warned_about_with_their_number() =>
        Assert.Contains("1000 checkpoints of 0 MB", Warning(0, long.MaxValue), StringComparison.Ordinal);

    private static string? Warning(int keep, long free)
    {
        using var task = new ToyTask();
        using var state = new TrainingState(task.Model, new TrainerConfig());
        return DiskSpace.Warning(new TrainerConfig { KeepCheckpoints = keep }, state, 10000, free);
    }
}
