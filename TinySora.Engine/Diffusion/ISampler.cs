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

    /// <summary>The name of the sampler as files and commands spell it.</summary>
    string Name => ConfigNames.Of(Kind);

    /// <summary>The number of steps taken when none is asked for.</summary>
    int DefaultSteps(int timesteps);

    /// <returns>(B, C, F, H, W) at the level <see cref="SamplingStep.To"/>.</returns>
    Tensor Step(SamplingStep step);
}
