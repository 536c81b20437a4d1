namespace TinySora.Engine.Data.Examples;

/// <summary>One visit to an example.</summary>
/// <param name="Index">Of the example, from 0.</param>
/// <param name="Chance">64 random bits of this visit alone, for what is done to the example: mirroring, cropping, a choice of frames.</param>
public readonly record struct Visit(int Index, ulong Chance)
{
    /// <summary>The order in which an epoch visits the examples: a pure function, so that a resumed run needs no state.</summary>
    public static int[] Order(long seed, long epoch, int count) => new SplitMix64(SplitMix64.Mix(seed, epoch)).Permutation(count);
}
