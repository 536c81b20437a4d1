using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.Denoising;

internal static class ValidationLoss
{
    /// <summary>The mean over examples, with the same noise and levels each time, so that one validation can be compared with the next.</summary>
    /// <param name="seed">Of noise and levels.</param>
    /// <param name="distance">The mean loss of a batch.</param>
    public static IReadOnlyDictionary<string, double> Of<TBatch>(
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
