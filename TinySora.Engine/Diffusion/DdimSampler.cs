using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>DDIM (Song et al. 2020).</summary>
/// <param name="Eta">
/// η: the share of the posterior's deviation that is drawn anew in each step. 0 is deterministic and good in few steps; 1 is
/// ancestral sampling.
/// </param>
public sealed record DdimSampler(double Eta = 0) : ISampler
{
    public SamplerKind Kind => SamplerKind.Ddim;

    public int DefaultSteps(int timesteps) => Math.Min(20, timesteps);

    public Tensor Step(SamplingStep step)
    {
        if (Eta == 0 || step.IsLast)
        {
            return step.Towards(step.X0);
        }

        var fresh = Eta * Math.Sqrt(step.From.Posterior(step.To).Variance);
        var kept = Math.Sqrt(step.To.Sigma * step.To.Sigma - fresh * fresh);
        return step.X0 * step.To.Signal + step.From.NoiseIn(step.X, step.X0) * kept + step.Noise() * fresh;
    }
}
