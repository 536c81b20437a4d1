using TinySora.Engine.Data;

namespace TinySora.Engine.Tests.Data;

public sealed class SplitMix64Tests
{
    [Fact]
    public void Numbers_match_the_published_generator()
    {
        // Values of Vigna's splitmix64.c with seed 1234567.
        var random = new SplitMix64(1234567);

        Assert.Equal(
            [6457827717110365317UL, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821],
            Enumerable.Range(0, 5).Select(_ => random.Next()).ToArray());
    }

    [Fact]
    public void Below_is_uniform_and_within_bounds()
    {
        var random = new SplitMix64(1);
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++)
        {
            counts[random.Below(7)]++;
        }

        Assert.All(counts, c => Assert.InRange(c, 9_600, 10_400));
    }

    [Fact]
    public void Permutations_contain_every_number_once()
    {
        var order = new SplitMix64(5).Permutation(1000);

        Assert.Equal(Enumerable.Range(0, 1000), order.Order());
        Assert.NotEqual(Enumerable.Range(0, 1000), order);
        Assert.Equal(order, new SplitMix64(5).Permutation(1000));
    }

    [Fact]
    public void Mixing_separates_neighbouring_seeds_and_items()
    {
        var mixed = from seed in Enumerable.Range(-3, 6) from item in Enumerable.Range(0, 100) select SplitMix64.Mix(seed, item);

        Assert.Equal(600, mixed.Distinct().Count());
    }
}
