namespace TinySora.Engine.Diffusion;

/// <summary>
/// The cosine schedule of Nichol and Dhariwal (2021), s = 0.008, and what follows from it for every noise level t = 0..T−1.
/// Computed in double precision; ᾱ is the cumulative product of α = 1 − β.
/// </summary>
public sealed class NoiseSchedule
{
    private const double Offset = 0.008;

    public NoiseSchedule(int timesteps)
    {
        Timesteps = timesteps;
        Betas = new double[timesteps];
        AlphasCumprod = new double[timesteps];
        AlphasCumprodPrev = new double[timesteps];
        var product = 1.0;
        for (var t = 0; t < timesteps; t++)
        {
            Betas[t] = Math.Clamp(1 - Signal(t + 1) / Signal(t), 0, 0.9999);
            AlphasCumprodPrev[t] = product;
            AlphasCumprod[t] = product *= 1 - Betas[t];
        }

        double Signal(int i)
        {
            var cosine = Math.Cos(((double)i / timesteps + Offset) / (1 + Offset) * Math.PI / 2);
            return cosine * cosine;
        }
    }

    /// <summary>Number of noise levels T.</summary>
    public int Timesteps { get; }

    public double[] Betas { get; }

    public double[] AlphasCumprod { get; }

    public double[] AlphasCumprodPrev { get; }

    /// <summary>ᾱ of a level; 1 for −1, the clean clip.</summary>
    public double AlphaBar(int t) => t < 0 ? 1 : AlphasCumprod[t];

    /// <summary>The twelve tables that the seed keeps in its checkpoints, by their names there, each of length T.</summary>
    public IReadOnlyDictionary<string, float[]> Tables()
    {
        float[] Each(Func<int, double> value) => [.. Enumerable.Range(0, Timesteps).Select(t => (float)value(t))];
        double Variance(int t) => Posterior(t, t - 1).Variance;
        return new Dictionary<string, float[]>
        {
            ["betas"] = Each(t => Betas[t]),
            ["alphas_cumprod"] = Each(t => AlphasCumprod[t]),
            ["alphas_cumprod_prev"] = Each(t => AlphasCumprodPrev[t]),
            ["sqrt_alphas_cumprod"] = Each(t => Math.Sqrt(AlphasCumprod[t])),
            ["sqrt_one_minus_alphas_cumprod"] = Each(t => Math.Sqrt(1 - AlphasCumprod[t])),
            ["log_one_minus_alphas_cumprod"] = Each(t => Math.Log(1 - AlphasCumprod[t])),
            ["sqrt_recip_alphas_cumprod"] = Each(t => Math.Sqrt(1 / AlphasCumprod[t])),
            ["sqrt_recipm1_alphas_cumprod"] = Each(t => Math.Sqrt(1 / AlphasCumprod[t] - 1)),
            ["posterior_variance"] = Each(Variance),
            ["posterior_log_variance_clipped"] = Each(t => Math.Log(Math.Max(Variance(t), 1e-20))),
            ["posterior_mean_coef1"] = Each(t => Posterior(t, t - 1).Coef1),
            ["posterior_mean_coef2"] = Each(t => Posterior(t, t - 1).Coef2),
        };
    }

    /// <summary>
    /// q(x_s | x_t, x₀), the step from level t to a less noisy s &lt; t: mean coef1·x₀ + coef2·x_t. With s = t − 1 these are the
    /// seed's tables; a wider step is the same process on a subset of its levels.
    /// </summary>
    public (double Coef1, double Coef2, double Variance) Posterior(int t, int s)
    {
        var (now, then) = (AlphaBar(t), AlphaBar(s));
        var alpha = now / then;
        return ((1 - alpha) * Math.Sqrt(then) / (1 - now), (1 - then) * Math.Sqrt(alpha) / (1 - now), (1 - alpha) * (1 - then) / (1 - now));
    }

    /// <summary>Which levels a sampler visits: <paramref name="steps"/> of them, evenly spaced and beginning with the noisiest.</summary>
    /// <returns>Descending; with steps = T all of them.</returns>
    /// <remarks>'Trailing' spacing of Lin et al. 2023: a few steps that did not start at pure noise would leave grey pictures.</remarks>
    public int[] Respaced(int steps) =>
        [.. Enumerable.Range(0, steps).Select(i => (int)Math.Round(Timesteps * (1 - (double)i / steps), MidpointRounding.AwayFromZero) - 1)];
}
