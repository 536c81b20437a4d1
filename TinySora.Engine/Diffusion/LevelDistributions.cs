using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>Draws noise levels.</summary>
public static class LevelDistributions
{
    /// <param name="timesteps">T.</param>
    /// <returns>As many levels as there are clips, each from 0 to T − 1.</returns>
    public static long[] Draw(this LevelDistribution distribution, int timesteps, long count, Generator generator)
    {
        using var scope = NewDisposeScope();
        var levels = distribution == LevelDistribution.LogitNormal
            ? (randn([count], ScalarType.Float32, generator.device, generator: generator).sigmoid() * timesteps).to(ScalarType.Int64).clamp(0, timesteps - 1)
            : randint(0, timesteps, [count], ScalarType.Int64, generator.device, generator: generator);
        return levels.cpu().data<long>().ToArray();
    }
}
