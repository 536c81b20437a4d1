namespace TinySora.Engine.Data;

/// <summary>
/// A small random number generator with the same results on every machine and runtime, as required for data order and synthetic clips (Steele, Lea and Flood
/// 2014, "Fast splittable pseudorandom number generators"). Pass it by reference.
/// </summary>
public struct SplitMix64(ulong seed)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong state = seed;

    /// <summary>Mixes two numbers into 64 bits, to be used as the seed for item <paramref name="index"/> in a run.</summary>
    public static ulong Mix(long seed, long index) => Finish(Finish(unchecked((ulong)seed + Golden)) + unchecked((ulong)index * Golden));

    public ulong Next() => Finish(state += Golden);

    /// <summary>Returns a uniform integer in [0, <paramref name="bound"/>) without bias (Lemire 2019, multiply-shift with rejection).</summary>
    public int Below(int bound)
    {
        var range = (ulong)bound;
        var threshold = (0 - range) % range;
        ulong low;
        ulong high;
        do
        {
            high = Math.BigMul(Next(), range, out low);
        }
        while (low < threshold);

        return (int)high;
    }

    /// <summary>Returns a uniform number in [low, high), with 53 bits.</summary>
    public double Between(double low, double high) => low + ((high - low) * ((Next() >> 11) * (1.0 / (1UL << 53))));

    /// <summary>Returns a random permutation of 0 .. count - 1 (Fisher and Yates).</summary>
    public int[] Permutation(int count)
    {
        var order = new int[count];
        for (var i = 0; i < count; i++)
        {
            var j = Below(i + 1);
            order[i] = order[j];
            order[j] = i;
        }

        return order;
    }

    private static ulong Finish(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
