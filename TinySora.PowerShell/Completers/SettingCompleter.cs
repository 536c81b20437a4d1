using TinySora.Engine.Configuration;
using TinySora.Engine.Families;

namespace TinySora.PowerShell.Completers;

/// <summary>The keys of a configuration, as the beginning of a table of values for them.</summary>
public sealed class SettingCompleter : NameCompleter
{
    protected override IEnumerable<string> Names => ModelFamilies.All
        .SelectMany(family => ConfigFile.Entries(new RunConfig { Family = family.NewConfig() }))
        .Select(entry => entry.Key).Distinct().Select(key => $"@{{'{key}'=");
}
