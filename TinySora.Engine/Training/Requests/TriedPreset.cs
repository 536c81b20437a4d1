namespace TinySora.Engine.Training.Requests;

/// <summary>A preset of which it was measured what comes of how many steps; docs/training.md says how, and with which numbers.</summary>
/// <param name="Name">Of the preset.</param>
/// <param name="Results">
/// Steps, the fewest first, and what is obeyed after them: the mean share in percent of colours, shapes and motions of 24 sentences that were not shown.
/// </param>
public sealed record TriedPreset(string Name, IReadOnlyList<(int Steps, double Obeyed)> Results)
{
    /// <summary>The steps below which a run of any of these presets has only warmed up.</summary>
    public const int FewestSteps = 100;

    /// <summary>All that a run without a configuration may take, the smallest first.</summary>
    public static IReadOnlyList<TriedPreset> All { get; } =
    [
        new("shapes-quick", [(700, 44), (2000, 65)]),
        new("shapes-lean", [(1700, 50), (4900, 86), (14400, 98)]),
        new("shapes-small", [(1000, 55), (2000, 73), (6000, 99)]),
    ];

    /// <summary>
    /// What is probably obeyed after so many steps, in percent: on the logarithm of the steps between two that were measured, below the first in proportion
    /// to them, and beyond the last what that reached, since nobody has looked.
    /// </summary>
    public double Obeyed(double steps)
    {
        var after = Results.TakeWhile(result => result.Steps < steps).Count();
        if (after == 0)
        {
            return Results[0].Obeyed * steps / Results[0].Steps;
        }

        if (after == Results.Count)
        {
            return Results[^1].Obeyed;
        }

        var (low, high) = (Results[after - 1], Results[after]);
        return low.Obeyed + ((high.Obeyed - low.Obeyed) * Math.Log(steps / low.Steps) / Math.Log((double)high.Steps / low.Steps));
    }

    /// <summary>The preset of which most is obeyed after a time, and the steps that it takes in it; of equals the first.</summary>
    /// <param name="secondsPerStep">What a step of a preset takes; presets that are absent cannot be taken.</param>
    public static (TriedPreset Preset, double Steps) Best(IReadOnlyDictionary<string, double> secondsPerStep, TimeSpan time) => All
        .Where(preset => secondsPerStep.ContainsKey(preset.Name))
        .Select(preset => (Preset: preset, Steps: time.TotalSeconds / secondsPerStep[preset.Name]))
        .MaxBy(choice => choice.Preset.Obeyed(choice.Steps));
}
