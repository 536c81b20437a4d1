using TinySora.Engine.Configuration;

namespace TinySora.PowerShell.Completers;

/// <summary>The presets inside the module.</summary>
public sealed class PresetCompleter : NameCompleter
{
    protected override IEnumerable<string> Names => Presets.Names;
}
