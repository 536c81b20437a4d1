using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Schemes;

/// <summary>
/// Chances for a batch of clips, each from its own seed: a clip does not change with the batch it is made in. Drawn on the CPU, so that it
/// does not change with the device either.
/// </summary>
internal sealed class ClipChances(IEnumerable<long> seeds, Device device) : IDisposable
{
    private readonly Generator[] generators = [.. seeds.Select(seed => new Generator(unchecked((ulong)seed), CPU))];

    /// <summary>The number of clips in the batch, B.</summary>
    public int Count => generators.Length;

    /// <returns>(B, <paramref name="count"/>) float64, uniform in [0, 1); new ones with each call.</returns>
    public Tensor Draw(long count) => stack([.. generators.Select(generator => rand([count], ScalarType.Float64, CPU, generator: generator))]).to(device);

    public void Dispose()
    {
        foreach (var generator in generators)
        {
            generator.Dispose();
        }
    }
}
