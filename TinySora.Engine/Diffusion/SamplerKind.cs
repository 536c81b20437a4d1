using TinySora.Engine.Configuration;

namespace TinySora.Engine.Diffusion;

/// <summary>The samplers that there are.</summary>
public enum SamplerKind
{
    /// <summary>Ancestral sampling (Ho et al. 2020).</summary>
    Ddpm,

    /// <summary>Denoising diffusion implicit models (Song et al. 2021).</summary>
    Ddim,

    /// <summary>DPM-Solver++ of second order, multistep (Lu et al. 2022).</summary>
    [Spelled("dpm++2m")]
    DpmPlusPlus2M,

    Euler,

    /// <summary>Two passes a step (Karras et al. 2022).</summary>
    Heun,
}
