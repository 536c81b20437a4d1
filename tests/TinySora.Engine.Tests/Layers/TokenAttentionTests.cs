using TinySora.Engine.Layers;
using TorchSharp;
using static TinySora.Engine.Tests.Families.PixelUNet.UNetGolden;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Layers;

public sealed class TokenAttentionTests : IDisposable
{
    private const int Clips = 2;
    private const int Sets = 3;
    private const int Queries = 4;
    private const int Heads = 2;
    private const int Width = 5;

    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(4, false, false, false)]
    [InlineData(7, true, false, false)]
    [InlineData(7, false, true, false)]
    [InlineData(4, false, false, true)]
    [InlineData(4, true, true, true)]
    public void Attention_equals_its_definition(int keys, bool biased, bool masked, bool isCausal)
    {
        var (q, k, v) = (Noise(1, Clips, Sets, Queries, Heads, Width), Noise(2, Clips, Sets, keys, Heads, Width), Noise(3, Clips, Sets, keys, Heads, Width));
        var bias = Noise(4, Heads, Queries, keys);
        bool IsAbsent(long clip, long key) => masked && clip == 1 && key % 2 == 0; // the first query of a causal attention then sees nothing
        var absent = tensor((from clip in Range(Clips) from key in Range(keys) select IsAbsent(clip, key)).ToArray()).reshape(Clips, keys);
        var actual = TokenAttention.Attend(q * 3, k, v, biased ? bias : null, masked ? absent : null, isCausal);

        Assert.Equal([Clips, Sets, Queries, Heads, Width], actual.shape);
        foreach (var (a, m, i, h) in from a in Range(Clips) from m in Range(Sets) from i in Range(Queries) from h in Range(Heads) select (a, m, i, h))
        {
            var seen = Range(keys).Where(j => !IsAbsent(a, j) && (!isCausal || j <= i)).ToList();
            var weights = seen.ToDictionary(j => j, j => Math.Exp(
                (Range(Width).Sum(c => 3 * At(q, a, m, i, h, c) * At(k, a, m, j, h, c)) / Math.Sqrt(Width)) + (biased ? At(bias, h, i, j) : 0)));
            weights = seen.Count > 0 ? weights : Range(keys).ToDictionary(j => j, _ => 1.0);
            foreach (var c in Range(Width))
            {
                var expected = weights.Sum(weight => weight.Value * At(v, a, m, weight.Key, h, c)) / weights.Values.Sum();
                Assert.Equal(expected, At((Tensor)actual, a, m, i, h, c), 1e-5);
            }
        }
    }

    [Fact]
    public void Packed_projection_over_frames_keeps_the_order_of_rows()
    {
        var packed = Noise(1, Clips, Queries, Sets, 3, Heads, Width); // (B, F, S, 3, h, d)
        Tensor Part(int part) => packed.select(3, part).transpose(1, 2);
        var actual = TokenAttention.Attend(Part(0), Part(1), Part(2));
        Assert.True(actual.transpose(1, 2).Eager!.is_contiguous());
        Assert.True(actual.Eager!.allclose((Tensor)TokenAttention.Attend(Part(0).contiguous(), Part(1).contiguous(), Part(2).contiguous()), 1e-5, 1e-6));
    }

    /// <summary>Queries of zero give all keys equal weight, and identity values reveal the weights.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Share_of_weights_is_dropped_and_the_rest_is_scaled(bool isPacked)
    {
        const int Keys = 64;
        const double Share = 0.2;
        var q = zeros([Clips, Sets, Keys, Heads, Keys]);
        var v = eye(Keys).reshape(1, 1, Keys, 1, Keys).expand(Clips, Sets, Keys, Heads, Keys).contiguous();
        Tensor Weights(ulong seed)
        {
            using var chance = new Generator(seed);
            return Keys * (Tensor)(isPacked
                ? TokenAttention.AttendPacked(stack([q, q, v], 3), dropout: Share, chance: chance)
                : TokenAttention.Attend(q, q, v, dropout: Share, chance: chance));
        }

        var weights = Weights(1);
        var dropped = weights.eq(0).to(ScalarType.Float64);
        Assert.Equal(Share, dropped.mean().ToDouble(), 0.01);
        Assert.Equal(1 / (1 - Share), weights.max().ToDouble(), 1e-5);
        Assert.True((weights - (1 / (1 - Share))).masked_fill(dropped.to(ScalarType.Bool), 0).abs().max().ToDouble() < 1e-5);
        Assert.True(weights.allclose(Weights(1)));

        // Each clip, set, query, head and key is dropped independently, and another seed gives another result.
        for (var axis = 0; axis < 5; axis++)
        {
            var agreement = dropped.narrow(axis, 0, 1).eq(dropped.narrow(axis, 1, 1)).to(ScalarType.Float64).mean().ToDouble();
            Assert.Equal((Share * Share) + ((1 - Share) * (1 - Share)), agreement, 0.1);
        }

        Assert.False(weights.allclose(Weights(2)));
    }

    [Fact]
    public void Without_a_generator_no_weight_is_dropped()
    {
        var (q, k) = (Noise(1, Clips, Sets, Queries, Heads, 8), Noise(2, Clips, Sets, Queries, Heads, 8));
        Assert.True(TokenAttention.Attend(q, k, k, dropout: 0.5).Eager!.allclose((Tensor)TokenAttention.Attend(q, k, k)));
    }

    [Fact]
    public void Both_products_are_counted()
    {
        var (q, k) = (Noise(1, Clips, Sets, Queries, Heads, Width), Noise(2, Clips, Sets, 7, Heads, Width));
        Assert.Equal(4 * Clips * Sets * Heads * Queries * 7 * Width, FlopCounterTests.Count(() => TokenAttention.Attend(q, k, k)));
    }

    private static IEnumerable<long> Range(int count) => Enumerable.Range(0, count).Select(i => (long)i);

    private static double At(Tensor x, params long[] place) => place.Aggregate(x, (part, index) => part.select(0, index)).ToDouble();
}
