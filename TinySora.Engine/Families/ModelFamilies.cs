using System.Collections.Immutable;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families;

/// <summary>The families that there are.</summary>
public static class ModelFamilies
{
    private static ImmutableArray<ModelFamily> s_all = [];

    public static IReadOnlyList<ModelFamily> All => s_all;

    /// <summary>Adds a family to the list. The first one is that of files that name none.</summary>
    public static void Add(ModelFamily family)
    {
        s_all = s_all.Add(family);
        FamilyConfigs.Add(family.NewConfig);
    }

    /// <summary>The family with a name of today or an earlier one; null: there is none.</summary>
    public static ModelFamily? Find(string name) => s_all.FirstOrDefault(family => family.Name == name || family.FormerNames.Contains(name));

    public static ModelFamily Of(RunConfig config) => Find(config.Family.Name)!;
}
