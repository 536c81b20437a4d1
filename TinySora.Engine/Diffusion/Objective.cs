using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>What the network predicts.</summary>
public enum Objective
{
    /// <summary>The noise ε (Ho et al. 2020).</summary>
    Noise,

    /// <summary>v = √ᾱ·ε − √(1−ᾱ)·x₀ (Salimans and Ho 2022).</summary>
    V,
}

/// <summary>The ways between x₀, ε, v and x_t = √ᾱ·x₀ + √(1−ᾱ)·ε.</summary>
/// <remarks><c>signal</c> is √ᾱ and <c>sigma</c> √(1−ᾱ), as numbers or as tensors that broadcast over clips.</remarks>
public static class ObjectiveMath
{
    public static Objective Parse(string name) => name == "v" ? Objective.V : Objective.Noise;

    /// <summary>x_t from a clean clip and noise.</summary>
    public static Tensor AddNoise(Tensor x0, Tensor noise, Tensor signal, Tensor sigma) => x0 * signal + noise * sigma;

    /// <summary>What the network should have said.</summary>
    public static Tensor Target(this Objective objective, Tensor x0, Tensor noise, Tensor signal, Tensor sigma) =>
        objective == Objective.V ? noise * signal - x0 * sigma : noise;

    /// <summary>The clean clip that a prediction implies.</summary>
    public static Tensor CleanClip(this Objective objective, Tensor xt, Tensor prediction, double alphaBar)
    {
        var (signal, sigma) = (Math.Sqrt(alphaBar), Math.Sqrt(1 - alphaBar));
        return objective == Objective.V
            ? xt * signal - prediction * sigma
            : xt * (1 / signal) - prediction * Math.Sqrt(1 / alphaBar - 1);
    }

    /// <summary>The noise in x_t, given the clean clip under it.</summary>
    public static Tensor NoiseIn(Tensor xt, Tensor x0, double alphaBar) =>
        (xt - x0 * Math.Sqrt(alphaBar)) * (1 / Math.Sqrt(1 - alphaBar));
}
