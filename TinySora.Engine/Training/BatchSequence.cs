using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>
/// The endless, shuffled sequence of micro-batches. Which examples micro-batch n holds, and what chance does to them, is a
/// pure function of the seed and n: a resumed run goes on exactly where the other one stopped.
/// </summary>
/// <param name="count">Examples of an epoch.</param>
/// <param name="order">The order of an epoch: indices of examples, of which it takes the first <paramref name="count"/>.</param>
/// <param name="load">Loads the examples of these visits.</param>
public sealed class BatchSequence(int count, int batchSize, long seed, Func<int, int[]> order, Func<Visit[], Batch> load)
{
    private int epoch = -1;
    private int[] permutation = [];

    /// <summary>Creates the sequence of examples of which each comes once in an epoch.</summary>
    public BatchSequence(IExamples examples, int batchSize, long seed, Device device)
        : this(examples.Count, batchSize, seed, epoch => Visit.Order(seed, epoch, examples.Count), visits => examples.Get(visits, device))
    {
    }

    /// <summary>Creates the sequence of a configuration.</summary>
    public BatchSequence(IExamples examples, TrainerConfig config, long seed, Device device)
        : this(config.ExamplesPerEpoch(examples.Count), config.TrainBatchSize, seed, Order(examples, config, seed), visits => examples.Get(visits, device))
    {
    }

    /// <summary>The number of examples of an epoch.</summary>
    public int Count => count;

    /// <summary>All examples in their own order, in batches of which the last may be shorter; each is disposed when the next is asked for.</summary>
    /// <param name="most">So many batches at most.</param>
    public static IEnumerable<Batch> Once(IExamples examples, int batchSize, Device device, int most = int.MaxValue)
    {
        for (var first = 0; first < examples.Count && first / batchSize < most; first += batchSize)
        {
            using var batch = examples.Get(
                [.. Enumerable.Range(first, Math.Min(batchSize, examples.Count - first)).Select(index => new Visit(index, 0))], device);
            yield return batch;
        }
    }

    /// <summary>The indices of micro-batch <paramref name="number"/>; it may run over the end of an epoch.</summary>
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
    /// <param name="share">The part of it that is wanted; null: all.</param>
    public Batch Load(long number, BatchShare? share = null)
    {
        var visits = Indices(number).Select((index, i) => new Visit(index, SplitMix64.Mix(seed, ~(Position(number) + i)))).ToArray();
        return load(share is null ? visits : visits[share.First..(share.First + share.Count)]);
    }

    private static Func<int, int[]> Order(IExamples examples, TrainerConfig config, long seed)
    {
        if (!config.BalanceCaptions && config.BalanceWords is null)
        {
            return epoch => Visit.Order(seed, epoch, examples.Count);
        }

        var words = WordTokenizer.Words(config.BalanceWords ?? "").ToHashSet();
        Func<string, object> key = config.BalanceCaptions ? caption => caption : caption => WordTokenizer.Words(caption).Any(words.Contains);
        int[][] groups = [.. Enumerable.Range(0, examples.Count).GroupBy(index => key(examples.Captions[index] ?? ""), (_, indices) => indices.ToArray())];
        return epoch => Visit.Balanced(seed, epoch, groups, config.ExamplesPerEpoch(examples.Count));
    }

    /// <summary>The number of examples drawn before micro-batch <paramref name="number"/>.</summary>
    private long Position(long number) => number * batchSize;
}
