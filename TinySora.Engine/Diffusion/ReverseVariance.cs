namespace TinySora.Engine.Diffusion;

/// <summary>How much noise a step of ancestral sampling adds.</summary>
public enum ReverseVariance
{
    /// <summary>β̃, the variance of the posterior, right where the clean clip is known (Ho et al. 2020).</summary>
    Posterior,

    /// <summary>β, right where nothing is known of it ("fixed large" there).</summary>
    Beta,

    /// <summary>The network says for each element how far it lies between both, on a scale of logarithms (Nichol and Dhariwal 2021).</summary>
    Learned,
}
