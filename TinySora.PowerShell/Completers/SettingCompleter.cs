using TinySora.Engine.Configuration;

namespace TinySora.PowerShell.Completers;

/// <summary>The keys of a configuration, as the beginning of a table of values for them.</summary>
public sealed class SettingCompleter : NameCompleter
{
    protected override IEnumerable<string> Names => ConfigFile.Entries(new RunConfig()).Select(entry => $"@{{'{entry.Key}'=");
}
