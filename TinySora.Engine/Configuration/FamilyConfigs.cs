using System.Collections.Immutable;

namespace TinySora.Engine.Configuration;

/// <summary>The part of a model family that configurations depend on.</summary>
internal interface IConfiguredFamily
{
    string Name { get; }

    /// <summary>Creates the family's default configuration.</summary>
    FamilyConfig NewConfig();
}

/// <summary>The families that a configuration can use. The first one is the default.</summary>
internal static class FamilyConfigs
{
    private static ImmutableArray<IConfiguredFamily> s_all = BuiltInAttribute.Create<IConfiguredFamily>();

    public static IReadOnlyList<IConfiguredFamily> All => s_all;

    public static FamilyConfig Default() => s_all[0].NewConfig();

    /// <summary>Creates the default configuration of a family by name, ignoring case; <c>null</c> if there is none.</summary>
    public static FamilyConfig? Create(string name) =>
        s_all.FirstOrDefault(family => family.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.NewConfig();

    public static void Add(IConfiguredFamily family) => s_all = s_all.Add(family);
}
