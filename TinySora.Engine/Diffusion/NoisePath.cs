using TinySora.Engine.Configuration;

namespace TinySora.Engine.Diffusion;

/// <summary>How noise grows with the level.</summary>
public enum NoisePath
{
    /// <summary>The cosine schedule (Nichol and Dhariwal 2021).</summary>
    Cosine,

    /// <summary>The linear schedule (Ho et al. 2020).</summary>
    Linear,

    /// <summary>The linear schedule with the same first and last number for any number of levels, as the Latte tutorial has it.</summary>
    [Spelled("plain-linear")]
    PlainLinear,

    /// <summary>The cosine as minisora has it, with β at most 0.999.</summary>
    [Spelled("squared-cosine")]
    SquaredCosine,
}
