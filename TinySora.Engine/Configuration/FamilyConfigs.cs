using System.Collections.Immutable;

namespace TinySora.Engine.Configuration;

/// <summary>The families that a configuration can name, the one of files that name none first. The list of families fills it.</summary>
internal static class FamilyConfigs
{
    private static ImmutableArray<(string Name, Func<FamilyConfig> Create)> s_all = [];

    public static IEnumerable<string> Names => s_all.Select(family => family.Name);

    public static FamilyConfig Default() => s_all[0].Create();

    /// <param name="create">Its configuration where a file says nothing: a new one each time.</param>
    public static void Add(Func<FamilyConfig> create) => s_all = s_all.Add((create().Name, create));

    /// <summary>The default configuration of a family; upper and lower case do not matter. Null where there is no such family.</summary>
    public static FamilyConfig? Create(string name) =>
        s_all.FirstOrDefault(family => family.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Create?.Invoke();
}
