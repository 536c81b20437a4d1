namespace TinySora.Engine.Latents;

/// <summary>The forms of an encoded clip.</summary>
public enum LatentKind
{
    /// <summary>Latents, the numbers that a decoder takes: (D, t, h, w).</summary>
    Latents,

    /// <summary>Mean and logarithm of the variance of the distribution that latents are drawn from, (2D, t, h, w).</summary>
    Moments,

    /// <summary>Tokens, indices into a codebook: (t, h, w).</summary>
    Tokens,
}
