using TinySora.Engine.Configuration;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>A sampling algorithm. Each step moves clips from one noise level to a lower one, given predicted x₀.</summary>
/// <remarks>
/// Samplers use only noise levels and predicted x₀, so each of them works with every objective and noise path. They keep no state between steps. Multistep
/// methods receive the results of the previous step as arguments.
/// </remarks>
public interface ISampler
{
    SamplerKind Kind { get; }

    string Name => ConfigNames.GetName(Kind);

    /// <summary>Default number of steps.</summary>
    int DefaultSteps(int timesteps) => Math.Min(20, timesteps);

    /// <returns>Clips (B, C, F, H, W) at the noise level <see cref="SamplingStep.To"/>.</returns>
    Tensor Step(SamplingStep step);
}

/// <param name="To">Noise level after the step, lower than <paramref name="From"/>; its Sigma is 0 in the last step.</param>
/// <param name="X">Noisy clips (B, C, F, H, W) at <paramref name="From"/>.</param>
/// <param name="X0">Predicted x₀ of <paramref name="X"/>.</param>
/// <param name="Last">Noise level before the previous step, and predicted x₀ in that step; <c>null</c> in the first step.</param>
/// <param name="PredictAtTo">Predicts x₀ of noisy clips at <paramref name="To"/>, with another forward pass of the network.</param>
/// <param name="Noise">Draws standard normal noise with the shape of <paramref name="X"/>.</param>
public sealed record SamplingStep(
    NoiseLevel From, NoiseLevel To, Tensor X, Tensor X0, (NoiseLevel From, Tensor X0)? Last, Func<Tensor, Tensor> PredictAtTo, Func<Tensor> Noise)
{
    /// <summary>Variance of the noise that ancestral sampling adds; <c>null</c> for the posterior variance.</summary>
    public Tensor? Variance { get; init; }

    public bool IsLast => To.Sigma == 0;

    /// <summary>
    /// Returns the clips after a deterministic step, which treats <paramref name="x0"/> as exact: computes the noise that it implies, and mixes both in the
    /// proportions of the new level.
    /// </summary>
    public Tensor DeterministicStep(Tensor x0) => To.AddNoise(x0, From.NoiseIn(X, x0));
}
