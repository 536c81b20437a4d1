using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>
/// Noise for a batch of clips, each from its own seed: a clip does not change with the batch it is made in. Drawn on the CPU,
/// so that it does not change with the device either.
/// </summary>
public sealed class NoiseSource : IDisposable
{
    private readonly Generator[] generators;
    private readonly long[] shape;
    private readonly Device device;

    /// <param name="shape">Of one clip: (C, F, H, W).</param>
    public NoiseSource(IEnumerable<long> seeds, long[] shape, Device device)
    {
        this.generators = [.. seeds.Select(seed => new Generator(unchecked((ulong)seed), CPU))];
        this.shape = shape;
        this.device = device;
    }

    /// <returns>(B, C, F, H, W), standard normal; new noise with each call.</returns>
    public Tensor Draw() => stack([.. generators.Select(g => randn(shape, ScalarType.Float32, CPU, generator: g))]).to(device);

    public void Dispose()
    {
        foreach (var generator in generators)
        {
            generator.Dispose();
        }
    }
}
