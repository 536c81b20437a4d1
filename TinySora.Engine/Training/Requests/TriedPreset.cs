using System.Globalization;
using System.Text.Json.Serialization;
using CsvHelper;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Training.Requests;

/// <summary>A preset of which it was measured what comes of how many steps, as configs/learned.csv says; docs/training.md tells how.</summary>
/// <param name="Name">Of the preset.</param>
/// <param name="Start">Name of the bundled model that is fine-tuned; null if training starts from scratch.</param>
/// <param name="Rate">The learning rate; null: the preset's.</param>
/// <param name="Results">What was reached after how many steps, the fewest first.</param>
public sealed record TriedPreset(string Name, string? Start, double? Rate, IReadOnlyList<TriedResult> Results)
{
    /// <summary>The steps below which a run of any of these presets has only warmed up.</summary>
    public const int FewestSteps = 100;

    /// <summary>The share in percent from which on something counts as learned.</summary>
    public const double Learned = 80;

    private const string ScenesColumn = "scenes";

    private static readonly IReadOnlyList<TriedPreset> Table = Read();

    private readonly Lazy<FamilyConfig> family = new(() => ConfigFile.FamilyOf(Presets.Text(Name), Name));

    /// <summary>All that a run without a configuration may choose from to train from scratch on the shapes world.</summary>
    public static IReadOnlyList<TriedPreset> All { get; } = [.. Table.Where(preset => preset.Start is null && !preset.IsForVideos)];

    /// <summary>The preset for videos of the user's own, which is trained from scratch.</summary>
    public static TriedPreset Videos { get; } = Table.Single(preset => preset.IsForVideos);

    /// <summary>The preset that fine-tunes the bundled model; its results are those of words that are new to it.</summary>
    public static TriedPreset Further { get; } = Table.Single(preset => preset.Start is not null);

    /// <summary>Whether its results are those of videos, not of the shapes world.</summary>
    public bool IsForVideos => Results[0].Aspects.Any(aspect => aspect.Name == ScenesColumn);

    /// <summary>The family that the preset names, which tells its keys.</summary>
    public FamilyConfig Family => family.Value;

    /// <summary>The presets of <see cref="All"/> that have all of some keys, at least one.</summary>
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
    /// What is probably obeyed after so many steps: on the logarithm of the steps between two that were measured, below the first in proportion
    /// to them, and beyond the last what that reached, since nobody has looked.
    /// </summary>
    public TriedResult After(double steps)
    {
        var after = Results.TakeWhile(result => result.Steps < steps).Count();
        if (after == 0)
        {
            return TriedResult.Between(null, Results[0], steps / Results[0].Steps);
        }

        if (after == Results.Count)
        {
            return Results[^1];
        }

        var (low, high) = (Results[after - 1], Results[after]);
        return TriedResult.Between(low, high, Math.Log(steps / low.Steps) / Math.Log((double)high.Steps / low.Steps));
    }

    /// <summary>The steps, to one in twenty, after which all aspects are learned; null: none were measured.</summary>
    public double? StepsToLearn()
    {
        for (double steps = FewestSteps; steps <= Results[^1].Steps * 1.05; steps *= 1.05)
        {
            if (After(steps).Least >= Learned)
            {
                return steps;
            }
        }

        return null;
    }

    /// <summary>The preset of which most is obeyed after a time, and the steps that it takes in it; of equals the first.</summary>
    /// <param name="secondsPerStep">What a step of each takes.</param>
    public static (TriedPreset Preset, double Steps) Best(IEnumerable<(TriedPreset Preset, double SecondsPerStep)> secondsPerStep, TimeSpan time) =>
        secondsPerStep.Select(cost => (cost.Preset, Steps: time.TotalSeconds / cost.SecondsPerStep)).MaxBy(choice => choice.Preset.After(choice.Steps).Mean);

    private static List<TriedPreset> Read()
    {
        using var csv = CsvReader.FromText(Presets.Resource("learned.csv"), new CsvReaderOptions());
        csv.ReadHeader();
        string[] columns = ["colours", "motions", "shapes", ScenesColumn];
        var rows = new List<(string Preset, string? Start, double? Rate, TriedResult Result)>();
        while (csv.Read())
        {
            string? Text(string column) => csv.GetString(column) is { Length: > 0 } text ? text : null;
            double? Number(string column) => Text(column) is string text ? double.Parse(text, CultureInfo.InvariantCulture) : null;
            var aspects = columns.Select(column => (column, Percent: Number(column))).Where(aspect => aspect.Percent is not null);
            var result = new TriedResult((int)Number("steps")!, [.. aspects.Select(aspect => (aspect.column, aspect.Percent!.Value))]);
            rows.Add((Text("preset")!, Text("start"), Number("rate"), result));
        }

        return [.. rows.GroupBy(row => (row.Preset, row.Start, row.Rate)).Select(group => new TriedPreset(
            group.Key.Preset, group.Key.Start, group.Key.Rate, [.. group.Select(row => row.Result)]))];
    }
}

/// <summary>What was reached after a number of steps.</summary>
/// <param name="Aspects">
/// Each aspect with its name in the plural and what was reached of it in percent. Of shapes, the clips of sentences that were not shown whose colours, motions
/// or shapes are those of the sentence; of videos, the captions whose clips show their scene, and those whose clips move as their training clips do.
/// </param>
public sealed record TriedResult(int Steps, IReadOnlyList<(string Name, double Percent)> Aspects)
{
    /// <summary>The mean of all aspects in percent.</summary>
    public double Mean => Aspects.Average(aspect => aspect.Percent);

    /// <summary>The lowest percentage of all aspects.</summary>
    public double Least => Aspects.Min(aspect => aspect.Percent);

    /// <summary>Interpolates between two results linearly.</summary>
    /// <param name="low">The result at a share of 0; null: nothing was reached after 0 steps.</param>
    /// <param name="share">Of the way to the other, 0 to 1.</param>
    internal static TriedResult Between(TriedResult? low, TriedResult high, double share)
    {
        double Mix(double from, double to) => from + ((to - from) * share);
        return new(
            (int)Mix(low?.Steps ?? 0, high.Steps),
            [.. high.Aspects.Select((aspect, i) => (aspect.Name, Mix(low?.Aspects[i].Percent ?? 0, aspect.Percent)))]);
    }
}

/// <summary>A preset that a run may take.</summary>
/// <param name="Name">Of the preset.</param>
/// <param name="Config">The preset with what the user and the data want otherwise, and trainer.train_minutes.</param>
/// <param name="InitialCheckpoint">Path of the bundled model, to be fine-tuned; null if training starts from scratch.</param>
public sealed record OfferedPreset(string Name, RunConfig Config, string? InitialCheckpoint = null)
{
    /// <summary>The preset's measured results.</summary>
    [JsonIgnore]
    public TriedPreset Tried => InitialCheckpoint is not null ? TriedPreset.Further
        : TriedPreset.All.Append(TriedPreset.Videos).First(preset => preset.Name == Name);
}
