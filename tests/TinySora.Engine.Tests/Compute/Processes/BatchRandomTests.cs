using TinySora.Engine.Compute.Processes;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Compute.Processes;

public sealed class BatchRandomTests
{
    public static TheoryData<string> Kinds => ["Normal", "Uniform", "Integers", "Bernoulli"];

    /// <summary>An example's numbers do not depend on how many processes share the batch.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Shares_of_a_batch_draw_the_numbers_of_the_whole_batch(string kind)
    {
        using var scope = NewDisposeScope();
        var whole = Draw(kind, new Generator(5, CPU), 7);
        var parts = BatchShare.Divide(7, 3, _ => { }).Select(share => Draw(kind, new BatchRandom(new Generator(5, CPU), share), share.Count)).ToArray();
        Assert.Equal(3, parts.Length);
        Assert.True(cat(parts).Equals(whole));
    }

    [Fact]
    public void Values_of_preceding_examples_are_counted()
    {
        using var generator = new Generator(1, CPU);
        Assert.Equal(0, new BatchRandom(generator).CountBefore(12));
        var last = BatchShare.Divide(7, 3, _ => { })[^1];
        Assert.Equal(6 * last.First, new BatchRandom(generator, last).CountBefore(6 * last.Count));
    }

    [Fact]
    public void A_single_process_has_all_rows()
    {
        using var rows = arange(4);
        Assert.Same(rows, ((BatchShare?)null).GatherAll(rows));
    }

    /// <summary>The numbers of a clip depend on its seed, and not on the other clips.</summary>
    [Fact]
    public void Clips_draw_from_their_own_seeds()
    {
        using var scope = NewDisposeScope();
        using var pair = new ClipRandom([3, -8], CPU);
        using var one = new ClipRandom([-8], CPU);
        Assert.Equal((2, 1), (pair.Count, one.Count));
        Assert.True(pair.Normal(2, 3)[1].Equals(one.Normal(2, 3)[0]));
        Assert.True(pair.Uniform(4)[1].Equals(one.Uniform(4)[0]));
        Assert.False(pair.Uniform(4)[0].Equals(pair.Uniform(4)[1]));
    }

    private static Tensor Draw(string kind, BatchRandom random, int count) => kind switch
    {
        "Normal" => random.Normal(count, 2),
        "Uniform" => random.Uniform(count, 2),
        "Integers" => random.Integers(100, count, 2),
        _ => random.Bernoulli(0.5, count, 2),
    };
}
