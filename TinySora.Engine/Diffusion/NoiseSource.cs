using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>
/// Noise for a batch of clips, each from its own seed: a clip does not change with the batch it is made in. Drawn on the CPU,
/// so that it does not change with the device either.
/// </summary>
public sealed class NoiseSource : IDisposable
{
    private readonly Generator[] _generators;
    private readonly long[] _shape;
    private readonly Device _device;

    /// <param name="shape">Of one clip: (C, F, H, W).</param>
    public NoiseSource(IEnumerable<long> seeds, long[] shape, Device device)
    {
        _generators = [.. seeds.Select(seed => new Generator(unchecked((ulong)seed), CPU))];
        _shape = shape;
        _device = device;
    }

    /// <returns>(B, C, F, H, W), standard normal; new noise with each call.</returns>
    public Tensor Draw() => stack([.. _generators.Select(g => randn(_shape, ScalarType.Float32, CPU, generator: g))]).to(_device);

    public void Dispose()
    {
        foreach (var generator in _generators)
        {
            generator.Dispose();
        }
    }
}
