using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families;

/// <summary>All model families. The first one is the default of configurations that name none.</summary>
public static class ModelFamilies
{
    public static IReadOnlyList<ModelFamily> All => [.. FamilyConfigs.All.OfType<ModelFamily>()];

    /// <summary>The family with a current or a former name; <c>null</c> if there is none.</summary>
    public static ModelFamily? Find(string name) => All.FirstOrDefault(family => family.Name == name || family.FormerNames.Contains(name));

    public static ModelFamily Of(RunConfig config) => Find(config.Family.Name)!;

    internal static void Add(ModelFamily family) => FamilyConfigs.Add(family);
}
