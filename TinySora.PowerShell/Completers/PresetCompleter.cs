using TinySora.Engine.Configuration;

namespace TinySora.PowerShell.Completers;

/// <summary>The presets inside the module, each with what it learns as a tip, and those of the hub; files where a file can be named, too.</summary>
public sealed class PresetCompleter : NameCompleter
{
    protected override IEnumerable<string> Names => [.. Presets.Names, .. Hub.Names(Hub.ConfigEnding)];

    protected override string TipOf(string name) =>
        ConfigSource.IsPreset(name) ? Presets.Summary(name) : $"a configuration of the hub, {Environment.GetEnvironmentVariable(Hub.Variable)}";

    protected override bool TakesPaths(string parameter) => parameter != "Preset";
}
