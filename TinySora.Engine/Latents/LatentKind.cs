namespace TinySora.Engine.Latents;

/// <summary>What stands for a clip.</summary>
public enum LatentKind
{
    /// <summary>Numbers that a decoder takes, (D, t, h, w).</summary>
    Latents,

    /// <summary>Mean and logarithm of the variance of the distribution that latents are drawn from, (2D, t, h, w).</summary>
    Moments,

    /// <summary>Places in a codebook, (t, h, w).</summary>
    Tokens,
}
