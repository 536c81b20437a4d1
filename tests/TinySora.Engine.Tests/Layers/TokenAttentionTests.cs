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
        bool IsAbsent(long clip, long key) => masked && clip == 1 && key % 2 == 0; // the first query of a causal one sees nothing then
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
                Assert.Equal(expected, At(actual, a, m, i, h, c), 1e-5);
            }
        }
    }

    [Fact]
    public void Parts_of_a_packed_projection_over_frames_give_rows_in_its_order()
    {
        var packed = Noise(1, Clips, Queries, Sets, 3, Heads, Width); // (B, F, S, 3, h, d)
        Tensor Part(int part) => packed.select(3, part).transpose(1, 2);
        var actual = TokenAttention.Attend(Part(0), Part(1), Part(2));
        Assert.True(actual.transpose(1, 2).is_contiguous());
        Assert.True(actual.allclose(TokenAttention.Attend(Part(0).contiguous(), Part(1).contiguous(), Part(2).contiguous()), 1e-5, 1e-6));
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
