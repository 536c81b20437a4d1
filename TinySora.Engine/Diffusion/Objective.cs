using TinySora.Engine.Configuration;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>What the network predicts, which is always a linear combination of the noise ε and the clean clip x₀.</summary>
public enum Objective
{
    /// <summary>Noise ε (Ho et al. 2020).</summary>
    Noise,

    /// <summary>Velocity v = Signal·ε − Sigma·x₀ (Salimans and Ho 2022).</summary>
    V,

    X0,

    /// <summary>Velocity ε − x₀ of the straight path between clip and noise (Liu et al. 2022).</summary>
    Flow,

    /// <summary>Clean clip x₀ on the straight path, with the loss on the implied velocity (JiT, Li and He 2025).</summary>
    [ConfigSpelling("flow-x0")]
    FlowX0,
}

/// <summary>Converts between the network's predictions and clean clips.</summary>
public static class Objectives
{
    /// <summary>Returns the coefficients of the noise and the clean clip in the network's target at a noise level.</summary>
    public static (double Noise, double Clip) Coefficients(this Objective objective, NoiseLevel level) => objective switch
    {
        Objective.V => (level.Signal, -level.Sigma),
        Objective.X0 or Objective.FlowX0 => (0, 1),
        Objective.Flow => (1, -1),
        _ => (1, 0),
    };

    /// <summary>Whether the objective uses the straight path of rectified flow.</summary>
    public static bool IsFlow(this Objective objective) => objective is Objective.Flow or Objective.FlowX0;

    /// <summary>Returns the clean clip that a prediction for <paramref name="x"/> implies, by solving two linear equations in x₀ and ε.</summary>
    public static Tensor PredictedX0(this Objective objective, Tensor x, Tensor prediction, NoiseLevel level)
    {
        var (noise, _) = objective.Coefficients(level);
        var determinant = objective.Determinant(level);
        return x * (noise / determinant) - prediction * (level.Sigma / determinant);
    }

    /// <param name="levels">Timestep of each clip.</param>
    /// <inheritdoc cref="PredictedX0(Objective, Tensor, Tensor, NoiseLevel)"/>
    internal static Tensor PredictedX0(this Objective objective, Tensor x, Tensor prediction, NoiseSchedule schedule, IReadOnlyList<long> levels)
    {
        var noise = schedule.PerClip(levels, level => objective.Coefficients(level).Noise / objective.Determinant(level), x.device);
        var sigma = schedule.PerClip(levels, level => level.Sigma / objective.Determinant(level), x.device);
        return (x * noise) - (prediction * sigma);
    }

    /// <summary>
    /// Returns the min-SNR-γ weight (Hang et al. 2023), which turns the squared error of the target into min(SNR, γ) times the squared error of x₀:
    /// min(1, γ/SNR) for noise, min(SNR, γ)/(SNR + 1) for v, min(SNR, γ) for x₀.
    /// </summary>
    public static double MinSnrWeight(this Objective objective, NoiseLevel level, double gamma)
    {
        var scale = level.Sigma / objective.Determinant(level);
        return Math.Min(level.Snr, gamma) * scale * scale;
    }

    internal static double Determinant(this Objective objective, NoiseLevel level)
    {
        var (noise, clip) = objective.Coefficients(level);
        return noise * level.Signal - clip * level.Sigma;
    }
}
