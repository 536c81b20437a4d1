using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>
/// The terms of the variational bound, from which a network learns the variance of a step (Nichol and Dhariwal 2021): how far the step that it
/// would take is from the one that the clean clip asks for. Its prediction gets no gradient from here.
/// </summary>
public static class VariationalBound
{
    /// <summary>Half of the distance between two of 256 values in [−1, 1].</summary>
    private const double HalfValue = 1.0 / 255;

    private const double Least = 1e-12;

    /// <param name="x0">Clean clips (B, C, F, H, W).</param>
    /// <param name="x">The same noised to their levels.</param>
    /// <param name="prediction">Of the network, without gradient.</param>
    /// <param name="variance">What the network says of the variance: −1 the posterior's, 1 all that the step adds.</param>
    /// <returns>(B, C, F, H, W), bits: a divergence, at the cleanest level the likelihood of the clip's own value among 256.</returns>
    public static Tensor Of(
        NoiseSchedule schedule, Objective objective, IReadOnlyList<long> levels, Tensor x0, Tensor x, Tensor prediction, Tensor variance)
    {
        var guess = objective.CleanClip(x, prediction, schedule, levels);
        var (clip, noisy) = (PerClip(t => Posterior(t).Clip), PerClip(t => Posterior(t).Noisy));
        var logPosterior = PerClip(t => LogPosterior(schedule, t));
        var logVariance = Log(variance, logPosterior, PerClip(t => Math.Log(schedule[t].Added(schedule[t - 1]))));

        var apart = ((guess - x0) * clip).square(); // the means' parts of x are the same
        var divergence = (logVariance - logPosterior - 1 + (logPosterior - logVariance).exp() + (apart * (-logVariance).exp())) * 0.5;
        if (!levels.Contains(0))
        {
            return divergence / Math.Log(2);
        }

        var likelihood = LogLikelihood(x0, (guess * clip) + (x * noisy), logVariance * 0.5);
        return where(PerClip(t => t).eq(0), -likelihood, divergence) / Math.Log(2);

        Tensor PerClip(Func<int, double> value) => NoiseSchedule.PerClip(levels, value, x0.device);
        (double Clip, double Noisy, double Variance) Posterior(int t) => schedule[t].Posterior(schedule[t - 1]);
    }

    /// <summary>ln σ² between two of them, by a number from −1 to 1.</summary>
    internal static Tensor Log(Tensor variance, Tensor logPosterior, Tensor logAdded)
    {
        var share = (variance + 1) * 0.5;
        return (share * logAdded) + ((1 - share) * logPosterior);
    }

    /// <summary>ln β̃; at the cleanest level, where it is −∞, that of the next.</summary>
    private static double LogPosterior(NoiseSchedule schedule, int t)
    {
        var level = Math.Max(t, Math.Min(1, schedule.Timesteps - 1));
        return Math.Log(Math.Max(schedule[level].Posterior(schedule[level - 1]).Variance, 1e-20));
    }

    /// <summary>ln of a normal distribution's share of each value's interval among 256; the outer ones go on for ever.</summary>
    private static Tensor LogLikelihood(Tensor x0, Tensor mean, Tensor logDeviation)
    {
        var (apart, inverse) = (x0 - mean, (-logDeviation).exp());
        var (above, below) = (Cumulative(inverse * (apart + HalfValue)), Cumulative(inverse * (apart - HalfValue)));
        return where(
            x0.lt(-0.999), above.clamp_min(Least).log(), where(x0.gt(0.999), (1 - below).clamp_min(Least).log(), (above - below).clamp_min(Least).log()));
    }

    /// <summary>An approximation of the normal distribution's cumulative function (Page 1977).</summary>
    private static Tensor Cumulative(Tensor x) => ((((x.pow(3) * 0.044715) + x) * Math.Sqrt(2 / Math.PI)).tanh() + 1) * 0.5;
}
