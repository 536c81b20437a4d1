using TinySora.Engine.Compute.Processes;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>
/// Coefficients of the clip and the noise in a noisy clip, x = Signal·x₀ + Sigma·ε. Noising, training and sampling use only these two numbers, so they work
/// with any noise path.
/// </summary>
/// <param name="Signal">√ᾱ on a variance-preserving path, 1 − τ on the straight path of rectified flow.</param>
/// <param name="Sigma">√(1 − ᾱ) on a variance-preserving path, τ on the straight path of rectified flow.</param>
public readonly record struct NoiseLevel(double Signal, double Sigma)
{
    /// <summary>The level without noise, at which sampling ends.</summary>
    public static NoiseLevel Clean { get; } = new(1, 0);

    /// <summary>Signal-to-noise ratio: (Signal / Sigma)².</summary>
    public double Snr => Signal / Sigma * (Signal / Sigma);

    /// <summary>Logarithm λ = ln(Signal / Sigma), which is infinite for clean clips and for pure noise.</summary>
    public double HalfLogSnr => Math.Log(Signal / Sigma);

    /// <summary>
    /// Returns the level on the same path whose Signal / Sigma is <paramref name="shift"/> times smaller. Higher resolutions need more noise, because
    /// neighboring pixels are redundant (Hoogeboom et al. 2023, Simple Diffusion).
    /// </summary>
    public NoiseLevel Shifted(double shift)
    {
        // Scale back onto the path, on which Signal² + Sigma² = 1 or Signal + Sigma = 1.
        var sigma = shift * Sigma;
        var isVariancePreserving = Math.Abs(Signal * Signal + Sigma * Sigma - 1) < 1e-9;
        var length = isVariancePreserving ? Math.Sqrt(Signal * Signal + sigma * sigma) : Signal + sigma;
        return new(Signal / length, sigma / length);
    }

    public Tensor AddNoise(Tensor x0, Tensor noise) => x0 * Signal + noise * Sigma;

    /// <summary>Returns the noise ε in <paramref name="x"/> at this level, given the clean clip.</summary>
    public Tensor NoiseIn(Tensor x, Tensor x0) => (x - x0 * Signal) * (1 / Sigma);

    /// <summary>Returns the variance of q(x_t | x_s), the noise added from a lower level s to this level t. It is β_t between adjacent levels.</summary>
    public double AddedVariance(NoiseLevel s)
    {
        var ratio = Signal / s.Signal;
        return Sigma * Sigma - ratio * ratio * s.Sigma * s.Sigma;
    }

    /// <summary>
    /// Returns q(x_s | x_t, x₀), the step from this level t to a lower level s: mean Clip·x₀ + Noisy·x_t (Kingma et al. 2021, Variational Diffusion Models,
    /// eq. 25). Between adjacent levels on a variance-preserving path, it is the posterior of Ho et al. 2020.
    /// </summary>
    public (double Clip, double Noisy, double Variance) Posterior(NoiseLevel s)
    {
        var ratio = Signal / s.Signal;
        var variance = Sigma * Sigma;
        var added = AddedVariance(s);
        return (s.Signal * added / variance, ratio * s.Sigma * s.Sigma / variance, added * s.Sigma * s.Sigma / variance);
    }
}

/// <summary>Distribution of noise levels in training.</summary>
public enum TimestepDistribution
{
    Uniform,

    /// <summary>Sigmoid of a normal variable: middle noise levels are drawn more often (Esser et al. 2024).</summary>
    LogitNormal,
}

public static class TimestepDistributions
{
    /// <summary>Returns the probability density at a fraction of the timesteps in (0, 1), up to a constant.</summary>
    internal static double Density(this TimestepDistribution distribution, double fraction)
    {
        var logit = Math.Log(fraction / (1 - fraction));
        return distribution == TimestepDistribution.LogitNormal ? Math.Exp(-logit * logit / 2) / (fraction * (1 - fraction)) : 1;
    }

    /// <param name="timesteps">Number of timesteps T.</param>
    /// <returns>One timestep per clip, each from 0 to T − 1.</returns>
    public static long[] Sample(this TimestepDistribution distribution, int timesteps, long count, BatchRandom random)
    {
        using var scope = NewDisposeScope();
        var levels = distribution == TimestepDistribution.LogitNormal
            ? (random.Normal(count).sigmoid() * timesteps).to(ScalarType.Int64).clamp(0, timesteps - 1)
            : random.Integers(timesteps, count);
        return levels.cpu().data<long>().ToArray();
    }
}
