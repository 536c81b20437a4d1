using TinySora.Engine.Configuration;
using TinySora.Engine.Dialects;

namespace TinySora.Engine.Families.BuiltIn;

/// <summary>The published programs whose configuration files can be read.</summary>
public static class ConfigDialects
{
    public static IReadOnlyList<ConfigDialect> All { get; } = [new LatteDialect()];
}
