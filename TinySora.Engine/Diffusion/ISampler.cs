using TinySora.Engine.Configuration;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>How to get from one noise level to a less noisy one, once the clean clip has been guessed.</summary>
/// <remarks>
/// Samplers know levels and clean clips, not what the network predicts nor the path of the noise: each works with every objective.
/// They keep nothing between steps; what a multistep method must remember is in the step.
/// </remarks>
public interface ISampler
{
    SamplerKind Kind { get; }

    string Name => ConfigNames.Of(Kind);

    /// <summary>The number of steps taken when none is asked for.</summary>
    int DefaultSteps(int timesteps);

    /// <returns>(B, C, F, H, W) at the level <see cref="SamplingStep.To"/>.</returns>
    Tensor Step(SamplingStep step);
}

/// <param name="To">Less noisy than <paramref name="From"/>; its Sigma is 0 in the last step.</param>
/// <param name="X">Noisy clips (B, C, F, H, W) at the level <paramref name="From"/>.</param>
/// <param name="X0">The clean clips guessed under them.</param>
/// <param name="Last">Where the step before came from and what it guessed; null in the first.</param>
/// <param name="GuessAtTo">Guesses the clean clips under noisy ones at the level <paramref name="To"/>: one more pass of the network.</param>
/// <param name="Noise">Draws standard normal noise like <paramref name="X"/>.</param>
public sealed record SamplingStep(
    NoiseLevel From, NoiseLevel To, Tensor X, Tensor X0, (NoiseLevel From, Tensor X0)? Last, Func<Tensor, Tensor> GuessAtTo, Func<Tensor> Noise)
{
    /// <summary>The variance of the noise that ancestral sampling adds; null: the posterior's.</summary>
    public Tensor? Variance { get; init; }

    public bool IsLast => To.Sigma == 0;

    /// <summary>Straight on, as if <paramref name="x0"/> were the truth: its noise, in the amount of the new level.</summary>
    public Tensor Towards(Tensor x0) => To.Mix(x0, From.NoiseIn(X, x0));
}
