using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>
/// DPM-Solver++(2M) (Lu et al. 2022, algorithm 2): a DDIM step towards a clean clip that is extrapolated from the last two guesses
/// along λ. Second order for the price of one pass of the network a step.
/// </summary>
public sealed record DpmSolverSampler : ISampler
{
    public SamplerKind Kind => SamplerKind.DpmPlusPlus2M;

    public int DefaultSteps(int timesteps) => Math.Min(20, timesteps);

    public Tensor Step(SamplingStep step)
    {
        // The last step has no end in λ, the first no past.
        if (step.Last is not var (before, guess) || step.IsLast)
        {
            return step.Towards(step.X0);
        }

        var (width, lastWidth) = (step.To.LogRatio - step.From.LogRatio, step.From.LogRatio - before.LogRatio);
        return step.Towards(step.X0 + (step.X0 - guess) * (width / (2 * lastWidth)));
    }
}
