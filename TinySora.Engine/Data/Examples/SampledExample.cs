namespace TinySora.Engine.Data.Examples;

/// <summary>One visit to an example during training.</summary>
/// <param name="Index">Index of the example, from 0.</param>
/// <param name="RandomBits">
/// 64 random bits for this visit, which determine mirroring, cropping and the choice of frames and captions; 0 outside training.
/// </param>
public readonly record struct SampledExample(int Index, ulong RandomBits)
{
    /// <summary>Returns the index of each visited example.</summary>
    public static int[] Indices(ReadOnlySpan<SampledExample> visits) => Array.ConvertAll(visits.ToArray(), visit => visit.Index);

    /// <summary>Returns the order in which an epoch visits the examples. This is a pure function, so a resumed run needs no state.</summary>
    public static int[] Order(long seed, long epoch, int count) => new SplitMix64(SplitMix64.Mix(seed, epoch)).Permutation(count);

    /// <summary>
    /// Returns the order in which an epoch visits groups of examples. The groups alternate, so each is visited equally often regardless of its size.
    /// Within a group, all examples are visited once before any is repeated. This is a pure function, like <see cref="Order"/>.
    /// </summary>
    /// <param name="groups">Indices of examples, at least one per group.</param>
    /// <param name="count">Number of visits in the epoch.</param>
    public static int[] BalancedOrder(long seed, long epoch, IReadOnlyList<int[]> groups, int count)
    {
        var visits = new int[count];
        var (round, turns) = (-1L, Array.Empty<int>());
        var cycles = new (long Number, int[] Order)?[groups.Count];
        for (var i = 0; i < count; i++)
        {
            var (wanted, place) = Math.DivRem((epoch * count) + i, groups.Count);
            if (wanted != round)
            {
                (round, turns) = (wanted, Order(seed, wanted, groups.Count));
            }

            var group = turns[place];
            var (cycle, member) = Math.DivRem(round, groups[group].Length);
            if (cycles[group]?.Number != cycle)
            {
                cycles[group] = (cycle, Order(unchecked((long)SplitMix64.Mix(seed, ~group)), cycle, groups[group].Length));
            }

            visits[i] = groups[group][cycles[group]!.Value.Order[member]];
        }

        return visits;
    }
}
