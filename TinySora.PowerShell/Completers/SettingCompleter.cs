using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families;
using TinySora.Engine.Training.Requests;

namespace TinySora.PowerShell.Completers;

/// <summary>
/// Completes the keys of the configuration that -Config names, each as the beginning of a table of values, with its meaning as a tip; without one those of all
/// families, or with -Budget those of the presets that it chooses from.
/// </summary>
public sealed class SettingCompleter : IArgumentCompleter
{
    private static readonly Lazy<IReadOnlyDictionary<string, string>> All = new(() => Tips(ModelFamilies.All.Select(family => family.NewConfig())));

    private static readonly Lazy<IReadOnlyDictionary<string, string>> Offered = new(() => Tips(TriedPreset.All.Select(preset => preset.Family))
        .ToDictionary(tip => tip.Key, tip => TriedPreset.Having([tip.Key]) is var having && having.Count == TriedPreset.All.Count
            ? tip.Value : $"{tip.Value} (only {string.Join(", ", having.Select(preset => preset.Name))})"));

    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var word = (wordToComplete ?? "").TrimStart('@', '{', '\'', '"', ' ').TrimEnd('\'', '"');
        var named = fakeBoundParameters.Contains("Config") ? KeyCompleter.Entries("Path", fakeBoundParameters["Config"]) : [];
        var tips = named.Count > 0 ? named.ToDictionary(entry => entry.Key, KeyCompleter.Tip)
            : fakeBoundParameters.Contains("Budget") && !fakeBoundParameters.Contains("Config") ? Offered.Value : All.Value;
        return
        [
            .. tips.Where(tip => tip.Key != ConfigFile.FamilyKey && tip.Key.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                .Select(tip => new CompletionResult($"@{{'{tip.Key}'=", tip.Key, CompletionResultType.ParameterValue, tip.Value)),
        ];
    }

    private static Dictionary<string, string> Tips(IEnumerable<FamilyConfig> families) => families
        .SelectMany(family => ConfigFile.Entries(new RunConfig { Family = family }))
        .Where(entry => entry.Key != ConfigFile.FamilyKey).DistinctBy(entry => entry.Key).ToDictionary(entry => entry.Key, entry => entry.Description);
}
