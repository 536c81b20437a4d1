using TinySora.Engine.Errors;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Results;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Tests.Training.Results;

public sealed class LossCurveTests
{
    [Fact]
    public void Picture_shows_the_loss_of_a_results_folder()
    {
        using var folder = new TemporaryFolder();
        new MetricsFile(folder.File(MetricsFile.Name)).Write([.. Enumerable.Range(1, 50).Select(s => new TrainingStep(s, 1.0 / s, 1e-3, 1, 1, TimeSpan.FromSeconds(s)))]);

        var falling = LossCurve.Draw(folder.Path);
        var logarithmic = LossCurve.Draw(folder.Path, logarithmic: true);

        Assert.Equal(1, falling.Frames);
        Assert.NotEqual(falling.Pixels, logarithmic.Pixels);
    }

    [Fact]
    public void Folder_without_metrics_is_refused()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<TinySoraException>(() => LossCurve.Draw(folder.Path));
        Assert.Equal("TinySora.Training.NoMetrics", error.Id);
    }
}
