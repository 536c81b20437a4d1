using TinySora.Engine.Configuration;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>What the network predicts: always a mixture of the noise ε and the clean clip x₀.</summary>
public enum Objective
{
    /// <summary>The noise ε (Ho et al. 2020).</summary>
    Noise,

    /// <summary>The velocity v = Signal·ε − Sigma·x₀ (Salimans and Ho 2022).</summary>
    V,

    X0,

    /// <summary>The velocity ε − x₀ of the straight path between clip and noise (Liu et al. 2022).</summary>
    Flow,

    /// <summary>x₀ on the straight path, its error counted as that of the velocity it implies (JiT, Li and He 2025).</summary>
    [Spelled("flow-x0")]
    FlowX0,
}

/// <summary>Converts between what the network predicts and the clean clip.</summary>
public static class Objectives
{
    /// <summary>How much of the noise and of the clean clip the network's target holds at a level.</summary>
    public static (double Noise, double Clip) Parts(this Objective objective, NoiseLevel level) => objective switch
    {
        Objective.V => (level.Signal, -level.Sigma),
        Objective.X0 or Objective.FlowX0 => (0, 1),
        Objective.Flow => (1, -1),
        _ => (1, 0),
    };

    /// <summary>Whether noise grows along the straight path.</summary>
    public static bool IsFlow(this Objective objective) => objective is Objective.Flow or Objective.FlowX0;

    /// <summary>The clean clip that a prediction for <paramref name="x"/> implies: two equations, x and the prediction, for two unknowns.</summary>
    public static Tensor CleanClip(this Objective objective, Tensor x, Tensor prediction, NoiseLevel level)
    {
        var (noise, _) = objective.Parts(level);
        var determinant = objective.Determinant(level);
        return x * (noise / determinant) - prediction * (level.Sigma / determinant);
    }

    /// <param name="levels">The level of each clip.</param>
    /// <inheritdoc cref="CleanClip(Objective, Tensor, Tensor, NoiseLevel)"/>
    internal static Tensor CleanClip(this Objective objective, Tensor x, Tensor prediction, NoiseSchedule schedule, IReadOnlyList<long> levels)
    {
        var noise = schedule.PerClip(levels, level => objective.Parts(level).Noise / objective.Determinant(level), x.device);
        var sigma = schedule.PerClip(levels, level => level.Sigma / objective.Determinant(level), x.device);
        return (x * noise) - (prediction * sigma);
    }

    /// <summary>
    /// The min-SNR-γ weight of a squared error (Hang et al. 2023): what makes it min(SNR, γ) times the squared error of the clean clip
    /// that the prediction implies; min(1, γ/SNR) for noise, min(SNR, γ)/(SNR + 1) for v, min(SNR, γ) for x₀.
    /// </summary>
    public static double MinSnrWeight(this Objective objective, NoiseLevel level, double gamma)
    {
        var scale = level.Sigma / objective.Determinant(level);
        return Math.Min(level.Snr, gamma) * scale * scale;
    }

    internal static double Determinant(this Objective objective, NoiseLevel level)
    {
        var (noise, clip) = objective.Parts(level);
        return noise * level.Signal - clip * level.Sigma;
    }
}
