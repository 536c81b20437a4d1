using TinySora.Engine.Data.Worlds;

namespace TinySora.PowerShell.Completers;

/// <summary>The colours that the shapes world can have.</summary>
public sealed class ColourCompleter : NameCompleter
{
    protected override IEnumerable<string> Names => [.. ShapesWorld.Colours, .. ShapesWorld.FurtherColours];
}
