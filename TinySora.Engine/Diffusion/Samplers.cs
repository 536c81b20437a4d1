using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

public static class Samplers
{
    public const string Description = "Default sampler: ddpm, ddim, dpm++2m, euler or heun.";

    public const string StepsDescription = "Default number of sampling steps; if null, all timesteps for ddpm, 10 for heun and 20 for others.";

    public const string EtaDescription = "Noise added in each ddim step, from 0 (none) to 1 (as much as ddpm).";

    private static readonly ISampler[] All =
        [new DdpmSampler(), new DdimSampler(), new DpmSolverSampler(), new EulerSampler(), new HeunSampler()];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(s => s.Name)];

    /// <exception cref="TinySoraException">TinySora.Model.UnknownSampler, EtaUnused, EtaOutOfRange.</exception>
    public static ISampler Get(string name, double? eta = null) =>
        ConfigNames.Find(typeof(SamplerKind), name) is SamplerKind kind
            ? Get(kind, eta)
            : throw ModelErrors.UnknownSampler(name, Names);

    /// <param name="eta">η of ddim, from 0 to 1; <c>null</c> for the sampler's default.</param>
    /// <exception cref="TinySoraException">TinySora.Model.EtaUnused, EtaOutOfRange.</exception>
    public static ISampler Get(SamplerKind kind, double? eta = null)
    {
        var sampler = All.First(s => s.Kind == kind);
        return eta switch
        {
            null => sampler,
            _ when sampler is not DdimSampler => throw ModelErrors.EtaUnused(sampler.Name),
            >= 0 and <= 1 => new DdimSampler(eta.Value),
            _ => throw ModelErrors.EtaOutOfRange(eta.Value),
        };
    }
}

public enum SamplerKind
{
    /// <summary>Ancestral sampling (Ho et al. 2020).</summary>
    Ddpm,

    /// <summary>Denoising diffusion implicit models (Song et al. 2021).</summary>
    Ddim,

    /// <summary>DPM-Solver++(2M), second order and multistep (Lu et al. 2022).</summary>
    [ConfigSpelling("dpm++2m")]
    DpmPlusPlus2M,

    Euler,

    /// <summary>Heun's method, with two forward passes per step (Karras et al. 2022).</summary>
    Heun,
}

/// <summary>Ancestral sampling (Ho et al. 2020). Each step takes the posterior mean and, except in the last step, adds noise.</summary>
public sealed record DdpmSampler : ISampler
{
    public SamplerKind Kind => SamplerKind.Ddpm;

    public int DefaultSteps(int timesteps) => timesteps;

    public Tensor Step(SamplingStep step)
    {
        var (clip, noisy, variance) = step.From.Posterior(step.To);
        var mean = step.X0 * clip + step.X * noisy;
        return step.IsLast ? mean
            : step.Variance is not null ? mean + (step.Noise() * step.Variance.sqrt())
            : mean + step.Noise() * Math.Sqrt(Math.Max(variance, 1e-20));
    }
}

/// <summary>DDIM (Song et al. 2020).</summary>
/// <param name="Eta">
/// η, the fraction of the posterior's standard deviation that is added as new noise in each step. 0 is deterministic and works well with few steps; 1 is
/// ancestral sampling.
/// </param>
public sealed record DdimSampler(double Eta = 0) : ISampler
{
    public SamplerKind Kind => SamplerKind.Ddim;

    public Tensor Step(SamplingStep step)
    {
        if (Eta == 0 || step.IsLast)
        {
            return step.DeterministicStep(step.X0);
        }

        var fresh = Eta * Math.Sqrt(step.From.Posterior(step.To).Variance);
        var kept = Math.Sqrt(step.To.Sigma * step.To.Sigma - fresh * fresh);
        return step.X0 * step.To.Signal + step.From.NoiseIn(step.X, step.X0) * kept + step.Noise() * fresh;
    }
}

/// <summary>
/// DPM-Solver++(2M) (Lu et al. 2022, algorithm 2): a DDIM step toward an x₀ that is extrapolated along λ from the last two predictions. It is a
/// second-order method with one forward pass per step.
/// </summary>
public sealed record DpmSolverSampler : ISampler
{
    public SamplerKind Kind => SamplerKind.DpmPlusPlus2M;

    public Tensor Step(SamplingStep step)
    {
        // λ is infinite at the end of the last step, and there is no step before the first.
        if (step.Last is not var (before, guess) || step.IsLast)
        {
            return step.DeterministicStep(step.X0);
        }

        var (width, lastWidth) = (step.To.HalfLogSnr - step.From.HalfLogSnr, step.From.HalfLogSnr - before.HalfLogSnr);
        return step.DeterministicStep(step.X0 + (step.X0 - guess) * (width / (2 * lastWidth)));
    }
}

/// <summary>
/// Euler's method along the velocity of rectified flow. Dividing x by Signal + Sigma maps any path onto the straight one, so this is equivalent to DDIM
/// with η = 0.
/// </summary>
public sealed record EulerSampler : ISampler
{
    public SamplerKind Kind => SamplerKind.Euler;

    public Tensor Step(SamplingStep step) => step.DeterministicStep(step.X0);
}

/// <summary>Heun's method: an Euler step, corrected with the mean of the velocities at both ends. It takes two forward passes per step.</summary>
/// <remarks>
/// Integrates z = x / (Signal + Sigma) over τ = Sigma / (Signal + Sigma), where z = (1 − τ)·x₀ + τ·ε and dz/dτ = ε − x₀ on any path. The more common
/// integration of x / Signal over Sigma / Signal (Karras et al. 2022) cannot start on the straight path, where Signal is 0, and is far less accurate for ten
/// steps of the cosine schedule.
/// </remarks>
public sealed record HeunSampler : ISampler
{
    public SamplerKind Kind => SamplerKind.Heun;

    public int DefaultSteps(int timesteps) => Math.Min(10, timesteps);

    public Tensor Step(SamplingStep step)
    {
        var euler = step.DeterministicStep(step.X0);
        if (step.IsLast)
        {
            return euler;
        }

        var (from, to) = (step.From.Signal + step.From.Sigma, step.To.Signal + step.To.Sigma);
        var x0 = step.PredictAtTo(euler);
        var velocity = step.To.NoiseIn(euler, x0) - x0;
        var z = step.X * (1 / from) + velocity * (step.To.Sigma / to - step.From.Sigma / from);
        return (euler + z * to) * 0.5;
    }
}
