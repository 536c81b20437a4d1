using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Tests.Training.Sinks;

/// <summary>Compares with tests/reference/tensorboard_events.py, which implements only the format.</summary>
public sealed class EventFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Bytes_match_the_format()
    {
        using (var events = EventFile.Create(folder.Path, 1, new StoppedClock()))
        {
            events.Scalars(1, ("Loss", 0.75), ("LearningRate", 1e-4));
            events.Scalars(300, ("Loss", 0), ("GradientNorm", double.PositiveInfinity));
            events.Restart(200);
        }

        Assert.Equal(
            File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "tensorboard.events")),
            File.ReadAllBytes(Assert.Single(Directory.GetFiles(folder.Path))));
    }

    [Fact]
    public void Files_of_the_same_second_have_distinct_names_in_the_order_that_TensorBoard_expects()
    {
        using var first = EventFile.Create(folder.Path, 1, new StoppedClock());
        using var second = EventFile.Create(folder.Path, 5, new StoppedClock());
        Assert.StartsWith("events.out.tfevents.1700000000.", Path.GetFileName(first.Path), StringComparison.Ordinal);
        Assert.True(string.CompareOrdinal(first.Path, second.Path) < 0);
    }

    [Fact]
    public void File_can_be_read_while_it_grows()
    {
        using var events = EventFile.Create(folder.Path, 1);
        events.Flush();
        var before = Length();
        events.Scalars(1, ("Loss", 0.5));
        events.Flush();
        Assert.True(Length() > before);

        long Length()
        {
            using var reader = new FileStream(events.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return reader.Length;
        }
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_250);
    }
}
