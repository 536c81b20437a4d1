namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>How latents are brought to mean 0 and deviation 1.</summary>
public enum LatentNorm
{
    /// <summary>Each channel by itself.</summary>
    Channel,

    /// <summary>All channels together, as minisora's ST-DiT does.</summary>
    All,

    /// <summary>Not at all.</summary>
    None,
}
