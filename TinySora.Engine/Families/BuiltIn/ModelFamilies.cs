using System.Collections.Immutable;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.FrameAutoencoder;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Families.TokenModel;
using TinySora.Engine.Families.VideoAutoencoder;

namespace TinySora.Engine.Families.BuiltIn;

/// <summary>All model families. The first one is the default of configurations that name none.</summary>
public static class ModelFamilies
{
    private static ImmutableArray<ModelFamily> s_all =
        [new PixelUNetFamily(), new FrameAutoencoderFamily(), new VideoAutoencoderFamily(), new LatentTransformerFamily(), new TokenModelFamily()];

    public static IReadOnlyList<ModelFamily> All => s_all;

    /// <summary>The family with a current or a former name; <c>null</c> if there is none.</summary>
    public static ModelFamily? Find(string name) => s_all.FirstOrDefault(family => family.Name == name || family.FormerNames.Contains(name));

    public static ModelFamily Of(RunConfig config) => Find(config.Family.Name)!;

    /// <summary>The default configuration of the family with a name, ignoring case; <c>null</c> if there is none.</summary>
    public static FamilyConfig? NewConfig(string name) =>
        s_all.FirstOrDefault(family => family.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.NewConfig();

    internal static void Add(ModelFamily family) => s_all = s_all.Add(family);
}
