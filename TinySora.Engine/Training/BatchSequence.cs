using TinySora.Engine.Data;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>
/// The endless, shuffled sequence of micro-batches. Which clips micro-batch n holds, and which of them are mirrored, is a
/// pure function of the seed and n: a resumed run goes on exactly where the other one stopped.
/// </summary>
/// <param name="count">Clips in the dataset.</param>
/// <param name="order">The order of an epoch: a permutation of 0 .. count-1.</param>
/// <param name="load">Loads the clips at these indices.</param>
public sealed class BatchSequence(
    int count, int batchSize, long seed, bool flip, Func<int, int[]> order, Func<int[], Batch> load)
{
    private int epoch = -1;
    private int[] permutation = [];

    /// <summary>The dataset's indices in micro-batch <paramref name="number"/>; it may run over the end of an epoch.</summary>
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
    public Batch Load(long number)
    {
        var batch = load(Indices(number));
        if (!flip)
        {
            return batch;
        }

        var mirrored = Enumerable.Range(0, batchSize).Select(i => (SplitMix64.Mix(seed, ~(Position(number) + i)) & 1) == 1);
        using var scope = NewDisposeScope();
        var mask = tensor(mirrored.ToArray(), device: batch.Clips.device).view(-1, 1, 1, 1, 1); // (B, 1, 1, 1, 1)
        var clips = where(mask, batch.Clips.flip(4), batch.Clips); // (B, C, F, H, W)
        batch.Dispose();
        return batch with { Clips = clips.MoveToOuterDisposeScope() };
    }

    /// <summary>Clips drawn before micro-batch <paramref name="number"/>.</summary>
    private long Position(long number) => number * batchSize;
}
