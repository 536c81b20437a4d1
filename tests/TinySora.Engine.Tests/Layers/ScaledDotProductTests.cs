using TinySora.Engine.Layers;
using TorchSharp;
using static TinySora.Engine.Tests.Families.PixelUNet.UNetGolden;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Layers;

public sealed class ScaledDotProductTests : IDisposable
{
    private const int Queries = 3;
    private const int Keys = 4;

    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Attention_equals_its_definition(bool biased, bool masked)
    {
        var (q, k, v, bias) = (Noise(1, 1, Queries, 2), Noise(2, 1, Keys, 2), Noise(3, 1, Keys, 5), Noise(4, Queries, Keys));
        var hidden = tensor(new[] { false, true, false, true });
        var actual = ScaledDotProduct.Attend(q, k, v, scale: 0.5, biased ? bias : null, masked ? hidden : null);

        Assert.Equal([1, Queries, 5], actual.shape);
        for (var query = 0; query < Queries; query++)
        {
            var weights = new double[Keys];
            for (var key = 0; key < Keys; key++)
            {
                var logit = 0.5 * ((At(q, 0, query, 0) * At(k, 0, key, 0)) + (At(q, 0, query, 1) * At(k, 0, key, 1)));
                logit += biased ? At(bias, query, key) : 0;
                weights[key] = masked && key % 2 == 1 ? 0 : Math.Exp(logit);
            }

            for (var feature = 0; feature < 5; feature++)
            {
                var expected = weights.Select((weight, key) => weight * At(v, 0, key, feature)).Sum() / weights.Sum();
                Assert.Equal(expected, At((Tensor)actual, 0, query, feature), 1e-5);
            }
        }
    }

    [Fact]
    public void Query_without_visible_keys_returns_the_mean()
    {
        var v = Noise(3, Keys, 5);
        var nowhere = ones([Queries, Keys], ScalarType.Bool);
        var actual = ScaledDotProduct.Attend(Noise(1, Queries, 2), Noise(2, Keys, 2), v, scale: null, mask: nowhere);
        Assert.True(actual.Eager!.allclose(v.mean([0L]).expand(Queries, 5), 1e-5, 1e-6));
    }

    [Fact]
    public void Both_products_are_counted()
    {
        var counted = FlopCounterTests.Count(() => ScaledDotProduct.Attend(Noise(1, 7, Queries, 2), Noise(2, 7, Keys, 2), Noise(3, 7, Keys, 5), null));
        Assert.Equal(2 * 7 * Queries * Keys * (2 + 5), counted);
    }

    private static double At(Tensor x, params long[] place) => place.Aggregate(x, (part, index) => part.select(0, index)).ToDouble();
}
