using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families.TokenModel.Schemes;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.TokenModel;

public sealed class TokenSamplerTests
{
    /// <summary>Logarithms of 0.5, 0.2, 0.1, 0.15 and 0.05.</summary>
    private static readonly double[] Shares = [0.5, 0.2, 0.1, 0.15, 0.05];

    [Theory]
    [InlineData(1.0, null, null, new[] { 0.5, 0.2, 0.1, 0.15, 0.05 })]
    [InlineData(0.5, null, null, new[] { 0.7692, 0.1231, 0.0308, 0.0692, 0.0077 })] // squares, divided by their sum
    [InlineData(1.0, 2, null, new[] { 0.7143, 0.2857, 0, 0, 0 })]
    [InlineData(1.0, null, 0.8, new[] { 0.5882, 0.2353, 0, 0.1765, 0 })] // 0.5 + 0.2 < 0.8 <= 0.5 + 0.2 + 0.15
    [InlineData(1.0, null, 0.3, new[] { 1.0, 0, 0, 0, 0 })]
    [InlineData(1.0, 3, 0.9, new[] { 0.5882, 0.2353, 0, 0.1765, 0 })] // the last of three has 0.1765, and 0.8235 < 0.9
    [InlineData(0.0, null, null, new[] { 1.0, 0, 0, 0, 0 })]
    public void Tokens_are_drawn_in_proportion_to_their_probability(double temperature, int? topK, double? topP, double[] expected)
    {
        using var scope = NewDisposeScope();
        const int Count = 10_000;
        var logits = tensor(Shares.Select(share => (float)Math.Log(share)).ToArray()).expand(Count, -1);
        var chances = (arange(Count, ScalarType.Float64) + 0.5) / Count; // a uniform grid of random numbers
        var picked = new TokenSampler(temperature, topK, topP, 0).Sample(logits, chances);
        var shares = Enumerable.Range(0, Shares.Length).Select(token => picked.eq(token).sum().item<long>() / (double)Count).ToList();
        Assert.All(shares.Zip(expected), pair => Assert.InRange(pair.First, pair.Second - 2e-4, pair.Second + 2e-4));
    }

    [Fact]
    public void Clips_draw_the_same_random_numbers_in_any_batch()
    {
        using var scope = NewDisposeScope();
        using var together = new ClipRandom([4, 7], CPU);
        using var alone = new ClipRandom([7], CPU);
        Assert.Equal((2, 1), (together.Count, alone.Count));
        for (var i = 0; i < 3; i++)
        {
            var (both, one) = (together.Uniform(5).data<double>().ToArray(), alone.Uniform(5).data<double>().ToArray());
            Assert.Equal(one, both[5..]);
            Assert.NotEqual(one, both[..5]);
            Assert.All(both, chance => Assert.InRange(chance, 0, 0.999_999_999));
        }
    }
}
