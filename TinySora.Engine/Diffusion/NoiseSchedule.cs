using TinySora.Engine.Configuration;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>Noise levels of a model at timesteps t = 0..T−1, from nearly clean to (nearly) pure noise, in double precision.</summary>
public sealed class NoiseSchedule
{
    /// <summary>First and last β of linear paths in Ho et al. 2020.</summary>
    public const double FirstBeta = 1e-4, LastBeta = 0.02;

    private readonly NoiseLevel[] levels;

    private NoiseSchedule(NoiseLevel[] levels) => this.levels = levels;

    public static IReadOnlySet<string> TableNames { get; } = Cosine(1).Tables().Keys.ToHashSet();

    public int Timesteps => levels.Length;

    /// <summary>Noise level at timestep <paramref name="t"/>; timestep −1 is the clean clip.</summary>
    public NoiseLevel this[int t] => t < 0 ? NoiseLevel.Clean : levels[t];

    /// <param name="objective">Objective of the model. The flow objectives use their own path, regardless of <paramref name="path"/>.</param>
    /// <param name="shift">Divisor of the ratio Signal / Sigma, see <see cref="NoiseLevel.Shifted"/>.</param>
    /// <param name="betas">First and last β of linear paths; <c>null</c> for the published values.</param>
    public static NoiseSchedule For(Objective objective, NoiseScheduleKind path, int timesteps, double shift = 1, (double First, double Last)? betas = null)
    {
        var (first, last) = betas ?? (FirstBeta, LastBeta);
        var schedule = objective.IsFlow() ? RectifiedFlow(timesteps) : path switch
        {
            NoiseScheduleKind.Linear => Linear(timesteps, first, last),
            NoiseScheduleKind.PlainLinear => PlainLinear(timesteps, first, last),
            NoiseScheduleKind.SquaredCosine => Cosine(timesteps, most: 0.999),
            NoiseScheduleKind.Cosine => Cosine(timesteps),
            _ => throw new NotSupportedException($"{path}"),
        };
        return shift == 1 ? schedule : new([.. schedule.levels.Select(level => level.Shifted(shift))]);
    }

    /// <summary>The cosine schedule of Nichol and Dhariwal (2021), s = 0.008.</summary>
    /// <param name="most">Maximum β; 0.999 in the paper.</param>
    public static NoiseSchedule Cosine(int timesteps, double most = 0.9999)
    {
        const double offset = 0.008;
        return VariancePreserving(timesteps, t => Math.Clamp(1 - Signal(t + 1) / Signal(t), 0, most));

        double Signal(int i)
        {
            var cosine = Math.Cos(((double)i / timesteps + offset) / (1 + offset) * Math.PI / 2);
            return cosine * cosine;
        }
    }

    /// <summary>The linear schedule, with β rising over 1000 levels, from 0.0001 to 0.02 in Ho et al. 2020.</summary>
    /// <remarks>
    /// If T is not 1000, each level replaces 1000/T of these levels, with 1 − β raised to that power. As a result, the noisiest level has the same noise for
    /// any T. The more common scaling β·1000/T agrees to first order, but exceeds 1 if T is below 20.
    /// </remarks>
    public static NoiseSchedule Linear(int timesteps, double first = FirstBeta, double last = LastBeta) =>
        VariancePreserving(timesteps, t => 1 - Math.Pow(1 - Rising(t, timesteps, first, last), 1000.0 / timesteps));

    /// <summary>
    /// Linear schedule with the same first and last β for any T, as in the Latte tutorial. With fewer timesteps, its last level has less noise.
    /// </summary>
    public static NoiseSchedule PlainLinear(int timesteps, double first = FirstBeta, double last = LastBeta) =>
        VariancePreserving(timesteps, t => Rising(t, timesteps, first, last));

    /// <summary>The straight path of rectified flow from clip to noise (Liu et al. 2022). Timestep t is at τ = (t + 1) / T.</summary>
    public static NoiseSchedule RectifiedFlow(int timesteps) =>
        new([.. Enumerable.Range(1, timesteps).Select(i => new NoiseLevel((double)(timesteps - i) / timesteps, (double)i / timesteps))]);

    /// <summary>Returns the twelve tables that the original implementation stores in checkpoints, each of length T, under their original names.</summary>
    /// <remarks>Only valid for variance-preserving schedules.</remarks>
    public IReadOnlyDictionary<string, float[]> Tables()
    {
        float[] Each(Func<int, double> value) => [.. Enumerable.Range(0, Timesteps).Select(t => (float)value(t))];
        double AlphaBar(int t) => this[t].Signal * this[t].Signal;
        double Variance(int t) => this[t].Posterior(this[t - 1]).Variance;
        return new Dictionary<string, float[]>
        {
            ["betas"] = Each(t => 1 - AlphaBar(t) / AlphaBar(t - 1)),
            ["alphas_cumprod"] = Each(AlphaBar),
            ["alphas_cumprod_prev"] = Each(t => AlphaBar(t - 1)),
            ["sqrt_alphas_cumprod"] = Each(t => this[t].Signal),
            ["sqrt_one_minus_alphas_cumprod"] = Each(t => this[t].Sigma),
            ["log_one_minus_alphas_cumprod"] = Each(t => 2 * Math.Log(this[t].Sigma)),
            ["sqrt_recip_alphas_cumprod"] = Each(t => 1 / this[t].Signal),
            ["sqrt_recipm1_alphas_cumprod"] = Each(t => this[t].Sigma / this[t].Signal),
            ["posterior_variance"] = Each(Variance),
            ["posterior_log_variance_clipped"] = Each(t => Math.Log(Math.Max(Variance(t), 1e-20))),
            ["posterior_mean_coef1"] = Each(t => this[t].Posterior(this[t - 1]).Clip),
            ["posterior_mean_coef2"] = Each(t => this[t].Posterior(this[t - 1]).Noisy),
        };
    }

    /// <summary>Returns the timesteps of a sampler with <paramref name="steps"/> steps: evenly spaced, noisiest first.</summary>
    /// <param name="levels">Number of available timesteps: T, or fewer if sampling starts from partly noised clips.</param>
    /// <returns>Timesteps in descending order; all of them if <paramref name="steps"/> equals <paramref name="levels"/>.</returns>
    /// <remarks>
    /// The first timestep is always the noisiest one. With few steps, starting from less than pure noise would produce gray videos (Lin et al. 2023).
    /// </remarks>
    public static int[] GetSamplingTimesteps(int levels, int steps, StepSpacing spacing = StepSpacing.Trailing) => spacing == StepSpacing.Even && steps > 1
        ? [.. Even(levels, steps).Reverse()]
        : [.. Enumerable.Range(0, steps).Select(i => (int)Math.Round(levels * (1 - (double)i / steps), MidpointRounding.AwayFromZero) - 1)];

    /// <summary>Noises each clip to its own timestep: signal · x₀ + sigma · noise.</summary>
    /// <param name="x0">Clean clips (B, C, F, H, W).</param>
    /// <param name="noise">Standard normal noise of the same shape.</param>
    /// <param name="levels">Timestep of each clip.</param>
    internal Tensor AddNoise(Tensor x0, Tensor noise, IReadOnlyList<long> levels) =>
        x0 * PerClip(levels, level => level.Signal, x0.device) + noise * PerClip(levels, level => level.Sigma, x0.device);

    /// <returns>One value per clip, (B, 1, 1, 1, 1) float32.</returns>
    internal Tensor PerClip(IReadOnlyList<long> levels, Func<NoiseLevel, double> value, Device device) =>
        PerClip(levels, t => value(this[t]), device);

    /// <inheritdoc cref="PerClip(IReadOnlyList{long}, Func{NoiseLevel, double}, Device)"/>
    internal static Tensor PerClip(IReadOnlyList<long> levels, Func<int, double> value, Device device) =>
        tensor(levels.Select(t => (float)value((int)t)).ToArray()).view(-1, 1, 1, 1, 1).to(device);

    /// <summary>
    /// Returns evenly spaced timesteps in ascending order. Positions are accumulated as in the published code, so that halves round the same way.
    /// </summary>
    private static IEnumerable<int> Even(int levels, int steps)
    {
        var place = 0.0;
        for (var i = 0; i < steps; i++, place += (levels - 1) / (double)(steps - 1))
        {
            yield return (int)Math.Round(place);
        }
    }

    private static double Rising(int t, int timesteps, double first, double last) =>
        timesteps == 1 ? last : first + (last - first) * t / (timesteps - 1);

    private static NoiseSchedule VariancePreserving(int timesteps, Func<int, double> beta)
    {
        var levels = new NoiseLevel[timesteps];
        var alphaBar = 1.0;
        for (var t = 0; t < timesteps; t++)
        {
            alphaBar *= 1 - beta(t);
            levels[t] = new NoiseLevel(Math.Sqrt(alphaBar), Math.Sqrt(1 - alphaBar));
        }

        return new NoiseSchedule(levels);
    }
}

public enum NoiseScheduleKind
{
    /// <summary>The cosine schedule (Nichol and Dhariwal 2021).</summary>
    Cosine,

    /// <summary>The linear schedule (Ho et al. 2020).</summary>
    Linear,

    /// <summary>Linear schedule with the same first and last β for any number of timesteps, as in the Latte tutorial.</summary>
    [ConfigSpelling("plain-linear")]
    PlainLinear,

    /// <summary>The cosine schedule in minisora, with β limited to 0.999.</summary>
    [ConfigSpelling("squared-cosine")]
    SquaredCosine,
}

/// <summary>Spacing of the timesteps if a sampler takes fewer than T steps.</summary>
public enum StepSpacing
{
    /// <summary>Evenly spaced timesteps, starting at the noisiest. The last step is as long as the others (Lin et al. 2023).</summary>
    Trailing,

    /// <summary>Evenly spaced timesteps from the noisiest to the cleanest level, including both (Nichol and Dhariwal 2021).</summary>
    Even,
}
