using System.Management.Automation;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families;
using TinySora.Engine.Training.Requests;

namespace TinySora.PowerShell.Completers;

/// <summary>Completes the keys of the configuration that -Path or -Preset specifies. The tip shows the value and description.</summary>
public sealed class KeyCompleter : Completer
{
    internal override IEnumerable<CompletionResult> Offers(Completion request)
    {
        var parameter = new[] { "Path", "Preset" }.FirstOrDefault(request.Given.Contains);
        return Entries(parameter, parameter is null ? null : request.Given[parameter])
            .Where(entry => request.IsMeant(entry.Key)).Select(entry => Offer(entry.Key, entry.Key, Tip(entry)));
    }

    /// <summary>Returns the keys of a configuration with their values; none if the configuration cannot be read.</summary>
    /// <param name="parameter">Parameter of Get-TinySoraConfig that specifies the configuration; <c>null</c> for the default configuration.</param>
    internal static IEnumerable<ConfigEntry> Entries(string? parameter, object? value) => Ask<ConfigEntry>("TinySora\\Get-TinySoraConfig", parameter, value);

    /// <summary>Returns the tip for a key: its description and value.</summary>
    internal static string Tip(ConfigEntry entry) => $"{entry.Description} (value: {LanguagePrimitives.ConvertTo<string>(entry.Value)})";
}

/// <summary>
/// Completes the keys of the configuration that -Config specifies, each as the beginning of a hashtable, with the description as a tip. Without a
/// configuration, completes the keys of all families or, with -Budget, the keys of the presets that can be chosen.
/// </summary>
public sealed class SettingCompleter : Completer
{
    private static readonly Lazy<IReadOnlyDictionary<string, string>> All = new(() => Tips(ModelFamilies.All.Select(family => family.NewConfig())));

    private static readonly Lazy<IReadOnlyDictionary<string, string>> Offered = new(() => Tips(MeasuredPreset.All.Select(preset => preset.Family))
        .ToDictionary(tip => tip.Key, tip => MeasuredPreset.Having([tip.Key]) is var having && having.Count == MeasuredPreset.All.Count
            ? tip.Value : $"{tip.Value} (only in {string.Join(", ", having.Select(preset => preset.Name))})"));

    internal override IEnumerable<CompletionResult> Offers(Completion request)
    {
        var word = WordOf(request);
        var namesConfig = request.Given.Contains("Config");
        var named = namesConfig ? KeyCompleter.Entries("Path", request.Given["Config"]).ToDictionary(entry => entry.Key, KeyCompleter.Tip) : [];
        var tips = named.Count > 0 ? named : request.Given.Contains("Budget") && !namesConfig ? Offered.Value : All.Value;
        return tips.Where(tip => tip.Key != ConfigFile.FamilyKey && tip.Key.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Select(tip => Offer($"@{{'{tip.Key}'=", tip.Key, tip.Value));
    }

    /// <summary>Returns the beginning of a key, typed as the beginning of a hashtable or alone.</summary>
    internal static string WordOf(Completion request) => request.Typed.TrimStart('@', '{', '\'', '"', ' ').TrimEnd('\'', '"');

    private static Dictionary<string, string> Tips(IEnumerable<FamilyConfig> families) => families
        .SelectMany(family => ConfigFile.Entries(new RunConfig { Family = family }))
        .Where(entry => entry.Key != ConfigFile.FamilyKey).DistinctBy(entry => entry.Key).ToDictionary(entry => entry.Key, entry => entry.Description);
}

/// <summary>
/// Completes the settings of the model in -Checkpoint, each as the beginning of a hashtable, with the description as a tip.
/// Without a checkpoint, completes the settings of all families.
/// </summary>
public sealed class GenerationSettingCompleter : Completer
{
    internal override IEnumerable<CompletionResult> Offers(Completion request) => Taken(request.Given["Checkpoint"]?.ToString())
        .Where(setting => setting.Name.StartsWith(SettingCompleter.WordOf(request), StringComparison.OrdinalIgnoreCase))
        .Select(setting => Offer($"@{{'{setting.Name}'=", setting.Name, setting.Description));

    private static IEnumerable<Setting> Taken(string? checkpoint)
    {
        var config = checkpoint is null ? null : CheckpointCompleter.Newest(checkpoint)?.ConfigYaml;
        SettingSchema? SettingsOf(RunConfig config) => ModelFamilies.Of(config).Settings(config);
        return config is null
            ? ModelFamilies.All.SelectMany(family => SettingsOf(new RunConfig { Family = family.NewConfig() })?.Settings ?? [])
                .DistinctBy(setting => setting.Name)
            : SettingsOf(ConfigFile.ParseStored(config, checkpoint!))?.Settings ?? [];
    }
}
