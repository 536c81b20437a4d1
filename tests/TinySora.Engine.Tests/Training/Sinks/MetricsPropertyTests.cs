using CsCheck;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Tests.Training.Sinks;

public sealed class MetricsPropertyTests
{
    /// <summary>The numbers include infinities and NaN, and the names of metrics are any text.</summary>
    [Fact]
    public void Records_are_read_back_unchanged()
    {
        using var folder = new TemporaryFolder();
        var numbers = Gen.Double.Special;
        var records =
            from step in Gen.Int
            from values in numbers.Array[4]
            from elapsed in Gen.Long[0, 100_000_000_000]
            from tflop in numbers.Nullable()
            from threads in Gen.Int.Nullable()
            from scalars in Gen.Dictionary(PropertyCheck.Text, numbers)[0, 3]
            select new TrainingStep(step, values[0], values[1], values[2], values[3], TimeSpan.FromMilliseconds(elapsed))
            {
                Tflop = tflop, Threads = threads, Scalars = scalars.Count == 0 ? null : new(scalars),
            };
        records.Array[1, 4].Check(60, written =>
        {
            var path = folder.File(MetricsFile.Name);
            File.Delete(path);
            new MetricsFile(path).Write(written);
            Assert.Equal(written, MetricsFile.Read(folder.Path));
        });
    }
}
