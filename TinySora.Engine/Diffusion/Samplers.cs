using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>How to get from one noise level to a less noisy one, once the clean clip has been guessed.</summary>
public interface ISampler
{
    string Name { get; }

    /// <summary>Steps taken when none are asked for.</summary>
    int DefaultSteps(int timesteps);

    /// <param name="xt">(B, C, F, H, W) at level <paramref name="t"/>.</param>
    /// <param name="x0">The guessed clean clip.</param>
    /// <param name="s">The level to go to; −1: the clean clip.</param>
    /// <param name="noise">Draws standard normal noise like <paramref name="xt"/>.</param>
    Tensor Step(NoiseSchedule schedule, Tensor xt, Tensor x0, int t, int s, Func<Tensor> noise);
}

/// <summary>The samplers by name.</summary>
public static class Samplers
{
    private static readonly ISampler[] s_all = [new DdpmSampler(), new DdimSampler()];

    public static IReadOnlyList<string> Names { get; } = [.. s_all.Select(s => s.Name)];

    /// <exception cref="TinySoraException">TinySora.Model.UnknownSampler.</exception>
    public static ISampler Get(string name) =>
        s_all.FirstOrDefault(s => string.Equals(s.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw ModelErrors.UnknownSampler(name, Names);
}

/// <summary>Ancestral sampling (Ho et al. 2020): the posterior's mean, and noise of its variance except in the last step.</summary>
public sealed class DdpmSampler : ISampler
{
    public string Name => "ddpm";

    public int DefaultSteps(int timesteps) => timesteps;

    public Tensor Step(NoiseSchedule schedule, Tensor xt, Tensor x0, int t, int s, Func<Tensor> noise)
    {
        var (coef1, coef2, variance) = schedule.Posterior(t, s);
        var mean = x0 * coef1 + xt * coef2;
        return s < 0 ? mean : mean + noise() * Math.Sqrt(Math.Max(variance, 1e-20));
    }
}

/// <summary>DDIM with η = 0 (Song et al. 2020): deterministic, and good in few steps.</summary>
public sealed class DdimSampler : ISampler
{
    public string Name => "ddim";

    public int DefaultSteps(int timesteps) => Math.Min(20, timesteps);

    public Tensor Step(NoiseSchedule schedule, Tensor xt, Tensor x0, int t, int s, Func<Tensor> noise)
    {
        var alphaBar = schedule.AlphaBar(s);
        return x0 * Math.Sqrt(alphaBar) + ObjectiveMath.NoiseIn(xt, x0, schedule.AlphaBar(t)) * Math.Sqrt(1 - alphaBar);
    }
}
