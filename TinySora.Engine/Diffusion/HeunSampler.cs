using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>Heun's method: Euler's, then again with the mean of the velocities at both ends. Two passes of the network a step.</summary>
/// <remarks>
/// Integrates z = x / (Signal + Sigma) over τ = Sigma / (Signal + Sigma), where z = (1 − τ)·x₀ + τ·ε and dz/dτ = ε − x₀ on any path.
/// The usual x / Signal over Sigma / Signal (Karras et al. 2022) cannot start on the straight path, and in ten steps of the cosine
/// schedule takes a normal distribution 3.9 past its place where this is 0.05 short of it.
/// </remarks>
public sealed record HeunSampler : ISampler
{
    public SamplerKind Kind => SamplerKind.Heun;

    public int DefaultSteps(int timesteps) => Math.Min(10, timesteps);

    public Tensor Step(SamplingStep step)
    {
        var euler = step.Towards(step.X0);
        if (step.IsLast)
        {
            return euler;
        }

        var (from, to) = (step.From.Signal + step.From.Sigma, step.To.Signal + step.To.Sigma);
        var x0 = step.GuessAtTo(euler);
        var velocity = step.To.NoiseIn(euler, x0) - x0;
        var z = step.X * (1 / from) + velocity * (step.To.Sigma / to - step.From.Sigma / from);
        return (euler + z * to) * 0.5;
    }
}
