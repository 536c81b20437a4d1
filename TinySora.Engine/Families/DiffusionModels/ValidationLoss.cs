using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.DiffusionModels;

internal static class ValidationLoss
{
    /// <summary>Returns the mean loss over examples. Each validation uses the same noise and timesteps, so that results are comparable.</summary>
    /// <param name="seed">Seed for noise and timesteps.</param>
    /// <param name="distance">Returns the mean loss of a batch.</param>
    public static IReadOnlyDictionary<string, double> Compute<TBatch>(
        IEnumerable<TBatch> batches, long seed, Device device, Func<TBatch, BatchRandom, Tensor> distance)
        where TBatch : Batch
    {
        using var nothing = no_grad();
        using var generator = new Generator((ulong)seed, device);
        var (sum, count) = (0.0, 0L);
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            sum += distance(batch, generator).ToDouble() * batch.Names.Count;
            count += batch.Names.Count;
        }

        return new Dictionary<string, double> { [BestMetric.Loss] = sum / count };
    }
}
