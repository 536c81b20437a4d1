using TinySora.Engine.Data.Worlds;

namespace TinySora.PowerShell.Completers;

/// <summary>The shapes that the shapes world can have.</summary>
public sealed class ShapeCompleter : NameCompleter
{
    protected override IEnumerable<string> Names => [.. ShapesWorld.Shapes, .. ShapesWorld.FurtherShapes];
}
