using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Training.Results;

/// <summary>The loss of a run over its steps, as a picture.</summary>
public static class LossCurve
{
    /// <summary>The usual name of the picture in a results folder.</summary>
    public const string Name = "loss.png";

    /// <summary>The extensions of the files that the curve can be written to.</summary>
    public static readonly IReadOnlyList<string> Extensions = [".png", ".gif"];

    /// <summary>A still with each step's loss and the smoothed one.</summary>
    /// <inheritdoc cref="LineChart.Draw" path="/param[@name='dark']"/>
    /// <exception cref="TinySoraException">NoMetrics.</exception>
    public static Clip Draw(string resultsFolder, bool logarithmic = false, bool dark = false, CancellationToken cancellationToken = default)
    {
        var steps = MetricsFile.Read(resultsFolder, cancellationToken);
        return steps.Count == 0
            ? throw TrainingErrors.NoMetrics(resultsFolder)
            : LineChart.Draw(
                "Loss", "step",
                [
                    ("each step", [.. steps.Select(s => ((double)s.Step, s.Loss))]),
                    ("smoothed", Smooth(steps)),
                ],
                logarithmicY: logarithmic, dark: dark);
    }

    private static List<(double X, double Y)> Smooth(IReadOnlyList<TrainingStep> steps)
    {
        var points = new List<(double X, double Y)>(steps.Count);
        double? average = null;
        foreach (var step in steps.Where(s => double.IsFinite(s.Loss)))
        {
            average = Smoothing.Next(average, step.Loss);
            points.Add((step.Step, average.Value));
        }

        return points;
    }
}

/// <summary>The loss of single steps scatters; this average follows it over some fifty, in charts, checkpoints and messages alike.</summary>
internal static class Smoothing
{
    /// <summary>The share of the average that each step keeps.</summary>
    public const double Share = 0.98;

    /// <param name="before">Null before the first step.</param>
    public static double Next(double? before, double loss) => before is double average ? (Share * average) + ((1 - Share) * loss) : loss;
}
