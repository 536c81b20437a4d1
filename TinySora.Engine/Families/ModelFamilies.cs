using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families;

/// <summary>All model families. The first is the default for configurations without a family.</summary>
public static class ModelFamilies
{
    public static IReadOnlyList<ModelFamily> All => [.. FamilyConfigs.All.OfType<ModelFamily>()];

    /// <summary>Returns the family with the given current or former name; <c>null</c> if there is none.</summary>
    public static ModelFamily? Find(string name) => All.FirstOrDefault(family => family.Name == name || family.FormerNames.Contains(name));

    public static ModelFamily Of(RunConfig config) => Find(config.Family.Name)!;

    internal static void Add(ModelFamily family) => FamilyConfigs.Add(family);
}
