using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Tests.Files;

/// <summary>Sharing violations, which only Windows has; on other systems these tests show that the same operations work.</summary>
public sealed class BusyFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Metrics_are_appended_while_another_program_reads_them()
    {
        var path = folder.File(MetricsFile.Name);
        new MetricsFile(path).Write([Step(1), Step(2)]);
        using var reader = BusyFile.ReadLines(path).GetEnumerator();
        Assert.True(reader.MoveNext());

        new MetricsFile(path).Write([Step(3)]);
        Assert.Equal([1, 2, 3], MetricsFile.Read(folder.Path).Select(step => step.Step));
    }

    [Theory]
    [InlineData(FileShare.Read)]
    [InlineData(FileShare.ReadWrite | FileShare.Delete)]
    public async Task Briefly_open_file_is_replaced(FileShare share)
    {
        var path = folder.File("status.json");
        File.WriteAllText(path, "old");
        var open = new FileStream(path, FileMode.Open, FileAccess.Read, share);
        var closing = Task.Run(async () =>
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            await open.DisposeAsync();
        }, TestContext.Current.CancellationToken);

        AtomicFile.WriteText(path, "new", WeightFileErrors.CannotWrite);
        await closing;
        Assert.Equal("new", BusyFile.ReadText(path));
        Assert.Equal(["status.json"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    private static TrainingStep Step(int step) => new(step, 0.5, 1e-3, 1, 10, TimeSpan.FromSeconds(step));
}
