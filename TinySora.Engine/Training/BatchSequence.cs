using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>
/// The endless, shuffled sequence of micro-batches of a run. The examples of micro-batch n and their random augmentation depend only on the seed and n, so
/// a resumed run continues exactly where it stopped.
/// </summary>
/// <param name="count">Number of examples per epoch.</param>
/// <param name="order">
/// Function that returns the indices of the examples in an epoch, in order. Only the first <paramref name="count"/> indices are used.
/// </param>
/// <param name="load">Function that loads sampled examples.</param>
public sealed class BatchSequence(int count, int batchSize, long seed, Func<int, int[]> order, Func<SampledExample[], Batch> load)
{
    private int epoch = -1;
    private int[] permutation = [];

    /// <summary>Creates a sequence that visits each example once per epoch.</summary>
    public BatchSequence(IExamples examples, int batchSize, long seed, Device device)
        : this(examples.Count, batchSize, seed, epoch => SampledExample.Order(seed, epoch, examples.Count), visits => examples.Get(visits, device))
    {
    }

    /// <summary>Creates a sequence with the batch size and sampling that a trainer configuration specifies.</summary>
    public BatchSequence(IExamples examples, TrainerConfig config, long seed, Device device)
        : this(config.ExamplesPerEpoch(examples.Count), config.TrainBatchSize, seed, Order(examples, config, seed), visits => examples.Get(visits, device))
    {
    }

    /// <summary>Number of examples per epoch.</summary>
    public int Count => count;

    /// <summary>
    /// Yields all examples in their original order, in batches. The last batch may be smaller. Each batch is disposed when the next one is requested.
    /// </summary>
    /// <param name="most">Maximum number of batches.</param>
    public static IEnumerable<Batch> SinglePass(IExamples examples, int batchSize, Device device, int most = int.MaxValue)
    {
        for (var first = 0; first < examples.Count && first / batchSize < most; first += batchSize)
        {
            using var batch = examples.Get(
                [.. Enumerable.Range(first, Math.Min(batchSize, examples.Count - first)).Select(index => new SampledExample(index, 0))], device);
            yield return batch;
        }
    }

    /// <summary>Returns the indices of the examples in micro-batch <paramref name="number"/>, which may extend into the next epoch.</summary>
    public int[] Indices(long number)
    {
        var indices = new int[batchSize];
        for (var i = 0; i < batchSize; i++)
        {
            var (wanted, place) = Math.DivRem(Position(number) + i, count);
            if (wanted != epoch)
            {
                epoch = (int)wanted;
                permutation = order(epoch);
            }

            indices[i] = permutation[place];
        }

        return indices;
    }

    /// <summary>Loads micro-batch <paramref name="number"/>.</summary>
    /// <param name="share">Part of the micro-batch to load; <c>null</c> for the whole micro-batch.</param>
    public Batch Load(long number, BatchShare? share = null)
    {
        var visits = Indices(number).Select((index, i) => new SampledExample(index, SplitMix64.Mix(seed, ~(Position(number) + i)))).ToArray();
        return load(share is null ? visits : visits[share.First..(share.First + share.Count)]);
    }

    private static Func<int, int[]> Order(IExamples examples, TrainerConfig config, long seed)
    {
        if (!config.BalanceCaptions && config.BalanceWords is null)
        {
            return epoch => SampledExample.Order(seed, epoch, examples.Count);
        }

        var words = WordTokenizer.Words(config.BalanceWords ?? "").ToHashSet();
        var lists = examples.CaptionLists;

        // The other clips form several groups of equal size, because all groups are visited equally often.
        var others = 0;
        Func<int, object> key = config.BalanceCaptions
            ? index => lists[index][0] ?? ""
            : index => lists[index].SelectMany(caption => WordTokenizer.Words(caption ?? "")).Any(words.Contains) ? -1 : others++ % config.BalanceOthers;
        int[][] groups = [.. Enumerable.Range(0, examples.Count).GroupBy(key, (_, indices) => indices.ToArray())];
        return epoch => SampledExample.BalancedOrder(seed, epoch, groups, config.ExamplesPerEpoch(examples.Count));
    }

    /// <summary>Returns the number of examples before micro-batch <paramref name="number"/>.</summary>
    private long Position(long number) => number * batchSize;
}
