using TinySora.Engine.Configuration;
using TinySora.Engine.Families;

namespace TinySora.PowerShell.Completers;

/// <summary>The keys of a configuration, as the beginning of a table of values for them.</summary>
public sealed class SettingCompleter : NameCompleter
{
    private static readonly Lazy<IReadOnlyDictionary<string, string>> Descriptions = new(() => ModelFamilies.All
        .SelectMany(family => ConfigFile.Entries(new RunConfig { Family = family.NewConfig() }))
        .DistinctBy(entry => entry.Key).ToDictionary(entry => $"@{{'{entry.Key}'=", entry => entry.Description));

    protected override IEnumerable<string> Names => Descriptions.Value.Keys;

    protected override string TipOf(string name) => Descriptions.Value[name];
}
