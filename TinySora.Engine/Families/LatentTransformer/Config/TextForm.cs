using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.LatentTransformer.Config;

/// <summary>How text enters a DiT (early Open-Sora).</summary>
public enum TextForm
{
    /// <summary>Patches attend to text that carries the noise level, and not to each other.</summary>
    Cross,

    /// <summary>Patches attend to text, and not to each other; the noise level modulates.</summary>
    [Spelled("cross-adaln")]
    CrossAdaLn,

    /// <summary>Text stands in front of the patches, and all attend to all.</summary>
    Concat,
}
