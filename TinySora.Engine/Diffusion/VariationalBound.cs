using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>
/// Terms of the variational bound, from which a network learns the variance of a step (Nichol and Dhariwal 2021): the divergence between the network's step
/// and the posterior given the clean clip. The prediction itself gets no gradient from this term.
/// </summary>
public static class VariationalBound
{
    /// <summary>Half of the distance between adjacent values if 256 values are spaced evenly over [−1, 1].</summary>
    private const double HalfValue = 1.0 / 255;

    private const double Least = 1e-12;

    /// <param name="x0">Clean clips (B, C, F, H, W).</param>
    /// <param name="x">The noisy clips made from <paramref name="x0"/>.</param>
    /// <param name="prediction">Prediction of the network, detached.</param>
    /// <param name="variance">Predicted variance, as a position between the posterior's β̃ (−1) and β (1).</param>
    /// <returns>(B, C, F, H, W), in bits: the divergence, or at timestep 0 the negative log-likelihood of the clip's value among 256.</returns>
    public static Tensor Compute(
        NoiseSchedule schedule, Objective objective, IReadOnlyList<long> levels, Tensor x0, Tensor x, Tensor prediction, Tensor variance)
    {
        var guess = objective.PredictedX0(x, prediction, schedule, levels);
        var clip = PerClip(t => schedule[t].Posterior(schedule[t - 1]).Clip);
        var logPosterior = PerClip(t => LogPosterior(schedule, t));
        var logVariance = LogVariance(variance, logPosterior, PerClip(t => Math.Log(schedule[t].AddedVariance(schedule[t - 1]))));

        var apart = ((guess - x0) * clip).square(); // the terms in x cancel
        var divergence = (logVariance - logPosterior - 1 + (logPosterior - logVariance).exp() + (apart * (-logVariance).exp())) * 0.5;
        if (!levels.Contains(0))
        {
            return divergence / Math.Log(2);
        }

        var likelihood = LogLikelihood(x0, guess, logVariance * 0.5); // the mean of the last step is the guess
        return where(PerClip(t => t).eq(0), -likelihood, divergence) / Math.Log(2);

        Tensor PerClip(Func<int, double> value) => NoiseSchedule.PerClip(levels, value, x0.device);
    }

    /// <summary>Returns ln σ², interpolated between its two bounds at a position from −1 to 1.</summary>
    internal static Tensor LogVariance(Tensor variance, Tensor logPosterior, Tensor logAdded)
    {
        var share = (variance + 1) * 0.5;
        return (share * logAdded) + ((1 - share) * logPosterior);
    }

    /// <summary>Returns ln β̃ at a timestep. At timestep 0, where ln β̃ is −∞, returns its value at timestep 1.</summary>
    private static double LogPosterior(NoiseSchedule schedule, int t)
    {
        var level = Math.Max(t, Math.Min(1, schedule.Timesteps - 1));
        return Math.Log(Math.Max(schedule[level].Posterior(schedule[level - 1]).Variance, 1e-20));
    }

    /// <summary>
    /// Returns the log-probability that a normal distribution assigns to the interval around each value. The first and the last of the 256 intervals are
    /// unbounded.
    /// </summary>
    private static Tensor LogLikelihood(Tensor x0, Tensor mean, Tensor logDeviation)
    {
        var (apart, inverse) = (x0 - mean, (-logDeviation).exp());
        var (above, below) = (Cumulative(inverse * (apart + HalfValue)), Cumulative(inverse * (apart - HalfValue)));
        return where(
            x0.lt(-0.999), above.clamp_min(Least).log(), where(x0.gt(0.999), (1 - below).clamp_min(Least).log(), (above - below).clamp_min(Least).log()));
    }

    /// <summary>Approximates the cumulative distribution function of the normal distribution (Page 1977).</summary>
    private static Tensor Cumulative(Tensor x) => ((((x.pow(3) * 0.044715) + x) * Math.Sqrt(2 / Math.PI)).tanh() + 1) * 0.5;
}
