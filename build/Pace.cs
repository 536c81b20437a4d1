using System.Text.Json;

namespace TinySora.Build;

/// <summary>How long a run may be on this machine: what a rehearsal of it recorded decides.</summary>
internal static class Pace
{
    /// <summary>The fewest steps of a training; fewer teach nothing.</summary>
    private const int Least = 60;

    /// <summary>Over the second half: the first steps compile, allocate and choose kernels.</summary>
    /// <param name="metrics">Lines of the rehearsal's metrics.jsonl.</param>
    internal static double StepsPerSecond(IEnumerable<string> metrics)
    {
        var steps = metrics.Select(line => JsonDocument.Parse(line).RootElement)
            .Select(step => (Number: step.GetProperty("step").GetInt32(), Seconds: step.GetProperty("elapsed").GetDouble()))
            .ToList();
        var last = steps[^1];
        var middle = steps.Last(step => step.Number <= last.Number / 2);
        return (last.Number - middle.Number) / (last.Seconds - middle.Seconds);
    }

    /// <summary>A round number of steps that fits into the time.</summary>
    internal static int StepsIn(double minutes, double stepsPerSecond) => Math.Max(Least, (int)(minutes * 60 * stepsPerSecond) / 10 * 10);
}
