using TinySora.Engine.Configuration;

namespace TinySora.PowerShell.Completers;

/// <summary>The presets inside the module, each with what it learns as a tip; files where a file can be named, too.</summary>
public sealed class PresetCompleter : NameCompleter
{
    protected override IEnumerable<string> Names => Presets.Names;

    protected override string TipOf(string name) => Presets.Summary(name);

    protected override bool TakesPaths(string parameter) => parameter != "Preset";
}
