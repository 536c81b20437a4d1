using System.Collections;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Configuration;

/// <summary>One combination of settings, and a name for it that a folder can have.</summary>
/// <param name="Name">Of the settings that vary, such as <c>objective=v+train_lr=0.0001</c>; empty where none does.</param>
public sealed record ConfigCell(string Name, IReadOnlyList<ConfigSetting> Settings);

/// <summary>Keys with one value or several, and every combination of them, or some by lot.</summary>
public static partial class ConfigGrid
{
    /// <summary>The number of draws for each trial, most of which repeat others where there are few combinations.</summary>
    private const int MostAttempts = 100;

    /// <summary>The combinations: keys in the order of their names, values in their own, those of the last key changing fastest.</summary>
    /// <param name="family">Whose keys there are.</param>
    /// <param name="values">By full names of keys; a list is several values.</param>
    /// <exception cref="TinySoraException">UnknownKey, WrongType, NoValue.</exception>
    public static IReadOnlyList<ConfigCell> Expand(FamilyConfig family, IEnumerable<KeyValuePair<string, object?>> values)
    {
        var keys = values.OrderBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase).Select(pair => Several(family, pair.Key, pair.Value)).ToList();
        IEnumerable<IReadOnlyList<ConfigSetting>> cells = [[]];
        foreach (var settings in keys)
        {
            cells = cells.SelectMany(cell => settings.Select(setting => (IReadOnlyList<ConfigSetting>)[.. cell, setting])).ToList();
        }

        var varying = keys.Where(settings => settings.Count > 1).Select(settings => settings[0].Name).ToHashSet();
        return Named(cells.Select(cell => (string.Join('+', cell.Where(s => varying.Contains(s.Name)).Select(s => Plain(s.Label))), cell)));
    }

    /// <summary>
    /// Combinations by lot (J. Bergstra and Y. Bengio, Random Search for Hyper-Parameter Optimization, 2012): of a list each value is as
    /// likely, and of a range such as '1e-5..1e-3' each power, so that a key that hardly matters costs no trials. All differ; where there are
    /// no more, there are fewer.
    /// </summary>
    /// <inheritdoc cref="Expand"/>
    public static IReadOnlyList<ConfigCell> Draw(FamilyConfig family, IEnumerable<KeyValuePair<string, object?>> values, int trials, long seed)
    {
        var random = new Random((int)(seed ^ (seed >> 32)));
        var keys = values.OrderBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase)
            .Select(pair => ConfigRange.Of(family, pair.Key, pair.Value) is ConfigRange range
                ? (Range: range, List: [])
                : (Range: (ConfigRange?)null, List: Several(family, pair.Key, pair.Value)))
            .ToList();
        var cells = new Dictionary<string, IReadOnlyList<ConfigSetting>>();
        for (var attempt = 0; cells.Count < trials && attempt < MostAttempts * trials; attempt++)
        {
            List<ConfigSetting> cell = [.. keys.Select(key => key.Range?.Draw(random) ?? key.List[random.Next(key.List.Count)])];
            cells.TryAdd(string.Join('+', keys.Zip(cell).Where(pair => pair.First.List.Count != 1).Select(pair => Plain(pair.Second.Label))), cell);
        }

        return [.. cells.Select(cell => new ConfigCell(cell.Key, cell.Value))];
    }

    private static List<ConfigSetting> Several(FamilyConfig family, string key, object? value)
    {
        if (ConfigRange.IsRange(value))
        {
            throw ConfigErrors.RangeNeedsTrials(key, $"{value}");
        }

        var isSeveral = value is IEnumerable list and not string && (!ConfigSetting.TakesList(family, key) || list.OfType<IEnumerable>().Any());
        var values = isSeveral ? ((IEnumerable)value!).Cast<object?>() : [value];
        var settings = values.Select(one => ConfigSetting.Of(family, key, one)).DistinctBy(s => s.Text).ToList();
        return settings.Count > 0 ? settings : throw ConfigErrors.NoValue(key);
    }

    /// <summary>The names of runs; values that look alike as names are numbered.</summary>
    private static List<ConfigCell> Named(IEnumerable<(string Name, IReadOnlyList<ConfigSetting> Settings)> cells)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return [.. cells.Select(cell => new ConfigCell(PlainName.Unique(cell.Name, taken, '-'), cell.Settings))];
    }

    /// <summary>A text without characters that a file system or a shell treats specially.</summary>
    private static string Plain(string label) => Other().Replace(label, "_").Replace("=_", "=", StringComparison.Ordinal).TrimEnd('_');

    [GeneratedRegex("[^A-Za-z0-9_.=-]+")]
    private static partial Regex Other();
}
