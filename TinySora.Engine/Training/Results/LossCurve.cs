using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Training.Results;

/// <summary>Draws a chart of a run's loss over its steps.</summary>
public static class LossCurve
{
    /// <summary>Default name of the image in a results folder.</summary>
    public const string Name = "loss.png";

    /// <summary>Supported file extensions.</summary>
    public static readonly IReadOnlyList<string> Extensions = [".png", ".gif"];

    /// <summary>Draws an image with the loss of each step, the smoothed loss, and the smallest possible loss if it is known.</summary>
    /// <inheritdoc cref="LineChart.Draw" path="/param[@name='dark']"/>
    /// <exception cref="TinySoraException">NoMetrics.</exception>
    public static Clip Draw(
        string resultsFolder, double? smallestLoss = null, bool logarithmic = false, bool dark = false, CancellationToken cancellationToken = default)
    {
        var steps = MetricsFile.Read(resultsFolder, cancellationToken);
        if (steps.Count == 0)
        {
            throw TrainingErrors.NoMetrics(resultsFolder);
        }

        List<(string Name, IReadOnlyList<(double X, double Y)> Points)> lines =
            [("each step", [.. steps.Select(s => ((double)s.Step, s.Loss))]), ("smoothed", Smooth(steps))];
        if (smallestLoss is double least)
        {
            lines.Add(("smallest possible", [(steps[0].Step, least), (steps[^1].Step, least)]));
        }

        return LineChart.Draw("Loss", "step", lines, logarithmicY: logarithmic, dark: dark);
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

/// <summary>Smooths the loss over about 50 steps, for charts, checkpoints and messages.</summary>
internal static class Smoothing
{
    /// <summary>Decay of the moving average.</summary>
    public const double Share = 0.98;

    /// <param name="before">Previous average; <c>null</c> before the first step.</param>
    public static double Next(double? before, double loss) => before is double average ? (Share * average) + ((1 - Share) * loss) : loss;
}
