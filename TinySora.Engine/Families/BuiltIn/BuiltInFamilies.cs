using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.FrameAutoencoder;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.LatteTutorial;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Families.TokenModel;
using TinySora.Engine.Families.VideoAutoencoder;

namespace TinySora.Engine.Families.BuiltIn;

/// <summary>The list of families. It stands above them all; whoever looks for one asks <see cref="ModelFamilies"/>, below them.</summary>
internal static class BuiltInFamilies
{
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The list must be there before anybody reads a configuration, from whatever side.")]
    internal static void Register()
    {
        ModelFamilies.Add(new PixelUNetFamily());
        ModelFamilies.Add(new FrameAutoencoderFamily());
        ConfigDialect.Add(new LatteDialect());
        ModelFamilies.Add(new VideoAutoencoderFamily());
        ModelFamilies.Add(new LatentTransformerFamily());
        ModelFamilies.Add(new TokenModelFamily());
    }
}
