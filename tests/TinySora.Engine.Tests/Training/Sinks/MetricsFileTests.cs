using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Tests.Training.Sinks;

public sealed class MetricsFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Records_are_read_back_from_the_folder()
    {
        new MetricsFile(folder.File(MetricsFile.Name)).Write([Record(1), Record(2)]);
        new MetricsFile(folder.File(MetricsFile.Name)).Write([Record(3)]);
        Assert.Equal([Record(1), Record(2), Record(3)], MetricsFile.Read(folder.Path));
    }

    [Fact]
    public void Line_truncated_by_a_crash_is_ignored_and_removed_on_resume()
    {
        var path = folder.File(MetricsFile.Name);
        new MetricsFile(path).Write([Record(1), Record(2), Record(3)]);
        File.AppendAllText(path, "{\"step\":4,\"lo");
        Assert.Equal(3, MetricsFile.Read(path).Count);

        new MetricsFile(path).RollBack(2);
        new MetricsFile(path).Write([Record(3)]);

        Assert.Equal([Record(1), Record(2), Record(3)], MetricsFile.Read(path));
        Assert.Equal(3, File.ReadAllLines(path).Length);
    }

    [Fact]
    public void Missing_file_has_no_records()
    {
        Assert.Empty(MetricsFile.Read(folder.Path));
        new MetricsFile(folder.File(MetricsFile.Name)).RollBack(5);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Unwritable_file_is_a_clear_error()
    {
        Directory.CreateDirectory(folder.File(MetricsFile.Name));
        var error = Assert.Throws<TinySoraException>(() => new MetricsFile(folder.File(MetricsFile.Name)).Write([Record(1)]));
        Assert.Equal("TinySora.Checkpoint.CannotWrite", error.Id);
    }

    [Fact]
    public void Unreadable_file_is_a_clear_error()
    {
        var path = folder.File(MetricsFile.Name);
        new MetricsFile(path).Write([Record(1)]);
        using var held = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.Equal("TinySora.Checkpoint.CannotRead", Assert.Throws<TinySoraException>(() => MetricsFile.Read(path)).Id);
    }

    [Fact]
    public void Refused_write_on_resume_is_a_clear_error_and_keeps_every_record()
    {
        var path = folder.File(MetricsFile.Name);
        new MetricsFile(path).Write([Record(1), Record(2)]);
        Directory.CreateDirectory(path + AtomicFile.PartialSuffix);

        Assert.Equal("TinySora.Checkpoint.CannotWrite", Assert.Throws<TinySoraException>(() => new MetricsFile(path).RollBack(1)).Id);
        Assert.Equal([Record(1), Record(2)], MetricsFile.Read(path));
    }

    private static TrainingStep Record(int step) => new(step, 0.1 + step, 1e-4, 0.5, 20, TimeSpan.FromSeconds(step * 2));
}
