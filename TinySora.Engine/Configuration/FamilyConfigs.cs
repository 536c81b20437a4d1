using System.Collections.Immutable;

namespace TinySora.Engine.Configuration;

/// <summary>A model family as far as configurations know it.</summary>
internal interface IConfiguredFamily
{
    string Name { get; }

    /// <summary>The configuration of a file that sets nothing: a new one each time.</summary>
    FamilyConfig NewConfig();
}

/// <summary>The families that a configuration can name. The first one is the default of files that name none.</summary>
internal static class FamilyConfigs
{
    private static ImmutableArray<IConfiguredFamily> s_all = BuiltInAttribute.Create<IConfiguredFamily>();

    public static IReadOnlyList<IConfiguredFamily> All => s_all;

    public static FamilyConfig Default() => s_all[0].NewConfig();

    /// <summary>The default configuration of the family with a name, ignoring case; <c>null</c> if there is none.</summary>
    public static FamilyConfig? Create(string name) =>
        s_all.FirstOrDefault(family => family.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.NewConfig();

    public static void Add(IConfiguredFamily family) => s_all = s_all.Add(family);
}
