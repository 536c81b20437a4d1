using TinySora.Engine.Errors;
using TinySora.Engine.Media;

namespace TinySora.Engine.Training;

/// <summary>The loss of a run over its steps, as a picture.</summary>
public static class LossCurve
{
    /// <summary>Its usual file name in a results folder.</summary>
    public const string Name = "loss.png";

    /// <summary>Single steps scatter; this average follows them over some fifty.</summary>
    private const double Smoothing = 0.98;

    /// <summary>A still with each step's loss and the smoothed one.</summary>
    /// <exception cref="TinySoraException">NoMetrics.</exception>
    public static Clip Draw(string resultsFolder, bool logarithmic = false)
    {
        var steps = MetricsFile.Read(resultsFolder);
        return steps.Count == 0
            ? throw TrainingErrors.NoMetrics(resultsFolder)
            : LineChart.Draw(
                "Loss", "step",
                [
                    ("each step", [.. steps.Select(s => ((double)s.Step, s.Loss))]),
                    ("smoothed", Smooth(steps)),
                ],
                logarithmicY: logarithmic);
    }

    /// <summary>Exponential moving average, corrected for its start (Kingma and Ba 2015, section 3).</summary>
    private static List<(double X, double Y)> Smooth(IReadOnlyList<TrainingStep> steps)
    {
        var points = new List<(double X, double Y)>(steps.Count);
        var (sum, weight) = (0.0, 0.0);
        foreach (var step in steps.Where(s => double.IsFinite(s.Loss)))
        {
            sum = (Smoothing * sum) + ((1 - Smoothing) * step.Loss);
            weight = (Smoothing * weight) + (1 - Smoothing);
            points.Add((step.Step, sum / weight));
        }

        return points;
    }
}
