namespace TinySora.Engine.Data.Examples;

/// <summary>One visit to an example.</summary>
/// <param name="Index">Of the example, from 0.</param>
/// <param name="Chance">64 random bits of this visit alone, for what is done to the example: mirroring, cropping, a choice of frames.</param>
public readonly record struct Visit(int Index, ulong Chance)
{
    /// <summary>The index of each visited example.</summary>
    public static int[] Indices(ReadOnlySpan<Visit> visits) => Array.ConvertAll(visits.ToArray(), visit => visit.Index);

    /// <summary>The order in which an epoch visits the examples: a pure function, so that a resumed run needs no state.</summary>
    public static int[] Order(long seed, long epoch, int count) => new SplitMix64(SplitMix64.Mix(seed, epoch)).Permutation(count);

    /// <summary>
    /// The order in which an epoch visits groups of examples that take turns, so that each is seen as often as any other however few it has; within
    /// a group all come once before one comes again. As pure as <see cref="Order"/>.
    /// </summary>
    /// <param name="groups">Indices of examples, at least one in each.</param>
    /// <param name="count">Visits of an epoch.</param>
    public static int[] Balanced(long seed, long epoch, IReadOnlyList<int[]> groups, int count)
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
