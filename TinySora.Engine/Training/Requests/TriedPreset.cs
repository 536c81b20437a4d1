using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;

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
        new("shapes-lean", [(700, 37), (1700, 50), (2800, 63), (8000, 99)]),
        new("shapes-small", [(1000, 55), (2000, 73), (6000, 99)]),
    ];

    private readonly Lazy<FamilyConfig> family = new(() => ConfigFile.FamilyOf(Presets.Text(Name), Name));

    /// <summary>The family that the preset names, which tells its keys.</summary>
    public FamilyConfig Family => family.Value;

    /// <summary>The presets that have all of some keys, the smallest first, at least one.</summary>
    /// <param name="keys">Full names of keys; upper and lower case do not matter.</param>
    /// <exception cref="TinySoraException">NoPresetHasAll; UnknownKey, SectionSet: no preset has one of them.</exception>
    public static IReadOnlyList<TriedPreset> Having(IEnumerable<string> keys)
    {
        var families = All.Select(preset => preset.Family).ToList();
        var having = keys.Order(StringComparer.OrdinalIgnoreCase).Select(key =>
        {
            var those = ConfigSetting.Having(families, key);
            return (Key: key, Presets: All.Where((_, index) => those.Contains(families[index])).ToList());
        }).ToList();
        var some = All.Where(preset => having.All(key => key.Presets.Contains(preset))).ToList();
        return some.Count > 0 ? some : throw ConfigErrors.NoPresetHasAll(
            having.Where(key => key.Presets.Count < All.Count).Select(key => (key.Key, key.Presets.Select(preset => preset.Name))));
    }

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
