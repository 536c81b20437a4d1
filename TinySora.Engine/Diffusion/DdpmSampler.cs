using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>Ancestral sampling (Ho et al. 2020): the posterior's mean, and noise, except in the last step.</summary>
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
