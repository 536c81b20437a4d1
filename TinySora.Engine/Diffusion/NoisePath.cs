using TinySora.Engine.Configuration;

namespace TinySora.Engine.Diffusion;

/// <summary>How noise grows with the level.</summary>
public enum NoisePath
{
    /// <summary>Nichol and Dhariwal 2021.</summary>
    Cosine,

    /// <summary>Ho et al. 2020.</summary>
    Linear,

    /// <summary>The same numbers for any number of levels, as the Latte tutorial has them.</summary>
    [Spelled("plain-linear")]
    PlainLinear,

    /// <summary>The cosine as minisora has it, with β at most 0.999.</summary>
    [Spelled("squared-cosine")]
    SquaredCosine,
}
