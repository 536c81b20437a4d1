using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>
/// Euler's method along a rectified flow's velocity. On its straight path that is a step straight on, and any other path is such a
/// one after division by Signal + Sigma; so this equals DDIM with η = 0.
/// </summary>
public sealed record EulerSampler : ISampler
{
    public SamplerKind Kind => SamplerKind.Euler;

    public int DefaultSteps(int timesteps) => Math.Min(20, timesteps);

    public Tensor Step(SamplingStep step) => step.Towards(step.X0);
}
