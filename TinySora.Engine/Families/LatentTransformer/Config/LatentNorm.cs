namespace TinySora.Engine.Families.LatentTransformer.Config;

/// <summary>How latents are brought to mean 0 and deviation 1.</summary>
public enum LatentNorm
{
    /// <summary>Each channel is normalized by itself.</summary>
    Channel,

    /// <summary>All channels together, as minisora's ST-DiT does.</summary>
    All,

    /// <summary>Latents are not normalized.</summary>
    None,
}
