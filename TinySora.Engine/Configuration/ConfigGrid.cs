using System.Collections;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Configuration;

/// <summary>One combination of settings, with a name that is a valid folder name.</summary>
/// <param name="Name">The settings that vary, such as <c>objective=v+train_lr=0.0001</c>; empty if none vary.</param>
public sealed record ConfigCell(string Name, IReadOnlyList<ConfigSetting> Settings);

/// <summary>Enumerates or samples combinations of values for keys that have one or several values.</summary>
public static partial class ConfigGrid
{
    /// <summary>Maximum number of random draws per trial. If there are few combinations, most draws repeat earlier ones.</summary>
    private const int MaxAttempts = 100;

    /// <summary>Returns all combinations. Keys are sorted by name, and the values of the last key change fastest.</summary>
    /// <param name="family">Family with the keys.</param>
    /// <param name="values">Values by full key name. A list specifies several values.</param>
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
    /// Samples distinct combinations at random (J. Bergstra and Y. Bengio, Random Search for Hyper-Parameter Optimization, 2012). Unlike in a grid, keys with
    /// little effect require no extra trials. Values are drawn uniformly from lists, and log-uniformly from ranges such as '1e-5..1e-3'. Returns fewer
    /// combinations if there are not enough distinct ones.
    /// </summary>
    /// <inheritdoc cref="Expand"/>
    public static IReadOnlyList<ConfigCell> Draw(FamilyConfig family, IEnumerable<KeyValuePair<string, object?>> values, int trials, long seed)
    {
        var random = new Random((int)(seed ^ (seed >> 32)));
        var keys = values.OrderBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase)
            .Select(pair => ConfigRange.Parse(family, pair.Key, pair.Value) is ConfigRange range
                ? (Range: range, List: [])
                : (Range: (ConfigRange?)null, List: Several(family, pair.Key, pair.Value)))
            .ToList();
        var cells = new Dictionary<string, IReadOnlyList<ConfigSetting>>();
        for (var attempt = 0; cells.Count < trials && attempt < MaxAttempts * trials; attempt++)
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
        var settings = values.Select(one => ConfigSetting.Create(family, key, one)).DistinctBy(s => s.Text).ToList();
        return settings.Count > 0 ? settings : throw ConfigErrors.NoValue(key);
    }

    /// <summary>Gives the combinations unique names by appending numbers to equal names.</summary>
    private static List<ConfigCell> Named(IEnumerable<(string Name, IReadOnlyList<ConfigSetting> Settings)> cells)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return [.. cells.Select(cell => new ConfigCell(SafeFileName.Unique(cell.Name, taken, '-'), cell.Settings))];
    }

    /// <summary>Replaces characters that have a special meaning in file systems or shells.</summary>
    private static string Plain(string label) => Other().Replace(label, "_").Replace("=_", "=", StringComparison.Ordinal).TrimEnd('_');

    [GeneratedRegex("[^A-Za-z0-9_.=-]+")]
    private static partial Regex Other();
}
