using TinySora.Engine.Compute.Processes;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>A normal distribution of latents, each by itself.</summary>
internal sealed class Posterior
{
    /// <summary>Beyond these a variance is nothing, or so much that its exponential overflows.</summary>
    public const double LowestLogVariance = -30;
    public const double HighestLogVariance = 20;

    private readonly Tensor logVariance;

    /// <param name="moments">(..., 2z), the means first.</param>
    public Posterior(Tensor moments)
    {
        var halves = moments.chunk(2, -1);
        Mean = halves[0];
        logVariance = halves[1].clamp(LowestLogVariance, HighestLogVariance);
    }

    public Tensor Mean { get; }

    public Tensor Moments => cat([Mean, logVariance], -1);

    public Tensor Sample(BatchRandom random) =>
        Mean + ((logVariance / 2).exp() * random.Normal(Mean.shape).to(Mean.device));

    /// <summary>The divergence from the normal distribution of mean 0 and variance 1, summed over each frame; the mean over frames.</summary>
    public Tensor Divergence()
    {
        var each = (logVariance.exp() + Mean.square() - 1 - logVariance) * 0.5;
        return each.sum() / (Mean.shape[0] * Mean.shape[1]);
    }
}
