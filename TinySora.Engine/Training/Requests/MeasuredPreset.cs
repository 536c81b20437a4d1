using System.Globalization;
using System.Text.Json.Serialization;
using CsvHelper;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Training.Requests;

/// <summary>A preset with its measured results by number of steps, from configs/learned.csv; docs/training.md describes the measurement.</summary>
/// <param name="Name">Name of the preset.</param>
/// <param name="Start">Name of the bundled model to fine-tune; <c>null</c> if training starts from scratch.</param>
/// <param name="Rate">Learning rate; <c>null</c> for the rate of the preset.</param>
/// <param name="Results">Results by number of steps, in ascending order.</param>
public sealed record MeasuredPreset(string Name, string? Start, double? Rate, IReadOnlyList<MeasuredResult> Results)
{
    /// <summary>Minimum number of steps of a run. Shorter runs of these presets would end during warm-up.</summary>
    public const int MinSteps = 100;

    /// <summary>Percentage from which an aspect counts as learned.</summary>
    public const double LearnedPercent = 80;

    private const string ScenesColumn = "scenes", NounsColumn = "nouns";

    private static readonly IReadOnlyList<MeasuredPreset> Table = Read();

    private readonly Lazy<FamilyConfig> family = new(() => ConfigFile.FamilyOf(Presets.Text(Name), Name));

    /// <summary>Presets that a run without a configuration may train from scratch on the shapes world.</summary>
    public static IReadOnlyList<MeasuredPreset> All { get; } = [.. Table.Where(preset => preset.Start is null && preset.World == ClipWorld.Shapes)];

    /// <summary>The preset for the user's own videos, trained from scratch.</summary>
    public static MeasuredPreset Videos { get; } = Table.Single(preset => preset.World == ClipWorld.Other);

    /// <summary>Presets that fine-tune a bundled model, one for each world, with results for words that are new to the model.</summary>
    public static IReadOnlyList<MeasuredPreset> FineTuned { get; } = [.. Table.Where(preset => preset.Start is not null)];

    /// <summary>World of the clips that the results are for.</summary>
    public ClipWorld World => Has(ScenesColumn) ? ClipWorld.Other : Has(NounsColumn) ? ClipWorld.Sprites : ClipWorld.Shapes;

    /// <summary>Family of the preset, which determines its keys.</summary>
    public FamilyConfig Family => family.Value;

    /// <summary>Returns the presets in <see cref="All"/> that have all of the given keys; never empty.</summary>
    /// <param name="keys">Full names of keys, case-insensitive.</param>
    /// <exception cref="TinySoraException">NoPresetHasAll; UnknownKey, SectionSet: no preset has one of the keys.</exception>
    public static IReadOnlyList<MeasuredPreset> Having(IEnumerable<string> keys)
    {
        var families = All.Select(preset => preset.Family).ToList();
        var having = keys.Order(StringComparer.OrdinalIgnoreCase).Select(key =>
        {
            var those = ConfigSetting.FamiliesWithKey(families, key);
            return (Key: key, Presets: All.Where((_, index) => those.Contains(families[index])).ToList());
        }).ToList();
        var some = All.Where(preset => having.All(key => key.Presets.Contains(preset))).ToList();
        return some.Count > 0 ? some : throw ConfigErrors.NoPresetHasAll(
            having.Where(key => key.Presets.Count < All.Count).Select(key => (key.Key, key.Presets.Select(preset => preset.Name))));
    }

    /// <summary>
    /// Estimates the result after a number of steps. It is interpolated over the logarithm of the number of steps between two measurements, proportional to the
    /// number of steps before the first measurement, and constant after the last one.
    /// </summary>
    public MeasuredResult Predict(double steps)
    {
        var after = Results.TakeWhile(result => result.Steps < steps).Count();
        if (after == 0)
        {
            return MeasuredResult.Interpolate(null, Results[0], steps / Results[0].Steps);
        }

        if (after == Results.Count)
        {
            return Results[^1];
        }

        var (low, high) = (Results[after - 1], Results[after]);
        return MeasuredResult.Interpolate(low, high, Math.Log(steps / low.Steps) / Math.Log((double)high.Steps / low.Steps));
    }

    /// <summary>Returns the number of steps after which all aspects are learned, to within 5 %; <c>null</c> if no measurement reaches this level.</summary>
    public double? StepsToLearn()
    {
        for (double steps = MinSteps; steps <= Results[^1].Steps * 1.05; steps *= 1.05)
        {
            if (Predict(steps).Least >= LearnedPercent)
            {
                return steps;
            }
        }

        return null;
    }

    /// <summary>
    /// Returns the preset with the best expected result in a given time, and its number of steps; the first such preset if several are equal.
    /// </summary>
    /// <param name="secondsPerStep">Seconds per step of each preset.</param>
    public static (MeasuredPreset Preset, double Steps) Best(IEnumerable<(MeasuredPreset Preset, double SecondsPerStep)> secondsPerStep, TimeSpan time) =>
        secondsPerStep.Select(cost => (cost.Preset, Steps: time.TotalSeconds / cost.SecondsPerStep)).MaxBy(choice => choice.Preset.Predict(choice.Steps).Mean);

    private bool Has(string column) => Results[0].Aspects.Any(aspect => aspect.Name == column);

    private static List<MeasuredPreset> Read()
    {
        using var csv = CsvReader.FromText(Presets.Resource("learned.csv"), new CsvReaderOptions());
        csv.ReadHeader();
        string[] columns = ["colors", "motions", "shapes", ScenesColumn, NounsColumn];
        var rows = new List<(string Preset, string? Start, double? Rate, MeasuredResult Result)>();
        while (csv.Read())
        {
            string? Text(string column) => csv.GetString(column) is { Length: > 0 } text ? text : null;
            double? Number(string column) => Text(column) is string text ? double.Parse(text, CultureInfo.InvariantCulture) : null;
            var aspects = columns.Select(column => (column, Percent: Number(column))).Where(aspect => aspect.Percent is not null);
            var result = new MeasuredResult((int)Number("steps")!, [.. aspects.Select(aspect => (aspect.column, aspect.Percent!.Value))]);
            rows.Add((Text("preset")!, Text("start"), Number("rate"), result));
        }

        return [.. rows.GroupBy(row => (row.Preset, row.Start, row.Rate)).Select(group => new MeasuredPreset(
            group.Key.Preset, group.Key.Start, group.Key.Rate, [.. group.Select(row => row.Result)]))];
    }
}

/// <summary>What a preset has learned after a number of training steps.</summary>
/// <param name="Aspects">
/// Aspects with names in the plural, and percentages. For the shapes world, they are the percentages of clips for unseen captions that show the requested
/// color, motion or shape; for sprites, the requested noun or motion. For videos, they are the percentages of captions whose clips show the caption's scene, or
/// move like its training clips.
/// </param>
public sealed record MeasuredResult(int Steps, IReadOnlyList<(string Name, double Percent)> Aspects)
{
    /// <summary>Mean percentage of all aspects.</summary>
    public double Mean => Aspects.Average(aspect => aspect.Percent);

    /// <summary>Lowest percentage of all aspects.</summary>
    public double Least => Aspects.Min(aspect => aspect.Percent);

    /// <summary>Interpolates linearly between two results.</summary>
    /// <param name="low">Result at a weight of 0; <c>null</c> for 0 % of all aspects after 0 steps.</param>
    /// <param name="share">Interpolation weight from 0 to 1.</param>
    internal static MeasuredResult Interpolate(MeasuredResult? low, MeasuredResult high, double share)
    {
        double Mix(double from, double to) => from + ((to - from) * share);
        return new(
            (int)Mix(low?.Steps ?? 0, high.Steps),
            [.. high.Aspects.Select((aspect, i) => (aspect.Name, Mix(low?.Aspects[i].Percent ?? 0, aspect.Percent)))]);
    }
}

/// <summary>A preset that a run may choose to train.</summary>
/// <param name="Name">Name of the preset.</param>
/// <param name="Config">The preset's configuration, adjusted to the user's settings and the data, with <c>trainer.train_minutes</c>.</param>
/// <param name="InitialCheckpoint">Path of the bundled model to fine-tune; <c>null</c> if training starts from scratch.</param>
public sealed record OfferedPreset(string Name, RunConfig Config, string? InitialCheckpoint = null)
{
    /// <summary>The preset's measured results.</summary>
    [JsonIgnore]
    public MeasuredPreset Tried =>
        (InitialCheckpoint is not null ? MeasuredPreset.FineTuned : MeasuredPreset.All.Append(MeasuredPreset.Videos)).First(preset => preset.Name == Name);
}
