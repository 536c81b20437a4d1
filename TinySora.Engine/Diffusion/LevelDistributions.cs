using TinySora.Engine.Compute.Processes;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>Draws noise levels.</summary>
public static class LevelDistributions
{
    /// <param name="timesteps">T.</param>
    /// <returns>As many levels as there are clips, each from 0 to T − 1.</returns>
    public static long[] Draw(this LevelDistribution distribution, int timesteps, long count, BatchRandom random)
    {
        using var scope = NewDisposeScope();
        var levels = distribution == LevelDistribution.LogitNormal
            ? (random.Normal(count).sigmoid() * timesteps).to(ScalarType.Int64).clamp(0, timesteps - 1)
            : random.Whole(timesteps, count);
        return levels.cpu().data<long>().ToArray();
    }
}
