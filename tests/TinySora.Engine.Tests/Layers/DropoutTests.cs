using TinySora.Engine.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Layers;

public sealed class DropoutTests : IDisposable
{
    private const double Share = 0.2;

    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Share_is_zeroed_and_the_rest_is_scaled(ScalarType type)
    {
        using var chance = new Generator(5);
        var x = full([300, 333], 2, ScalarType.Float32).to(type);
        var dropped = Dropout.Apply(x, Share, chance);
        Assert.Equal(type, dropped.Eager!.dtype);
        Assert.Equal(Share, Zeros((Tensor)dropped), 0.005);
        Assert.Equal(2.5 * (1 - Share), dropped.to(ScalarType.Float32).Eager!.mean().ToDouble(), 0.02);
        Assert.Equal(2.5, dropped.Eager!.max().ToDouble(), 0.01);

        // Neither rows nor columns are dropped together.
        Assert.Equal(Share, Zeros(dropped.Eager![0]), 0.1);
        Assert.Equal(Share, Zeros((Tensor)dropped.select(1, 0)), 0.1);
    }

    [Fact]
    public void Gradient_flows_only_through_kept_values()
    {
        using var chance = new Generator(5);
        var x = linspace(1, 2, 1000).requires_grad_();
        var dropped = Dropout.Apply(x, Share, chance);
        (dropped * 3).Eager!.sum().backward();
        Assert.True(x.grad!.allclose(3 * dropped.Eager!.detach() / x.detach(), 1e-5, 1e-6));
    }

    [Fact]
    public void Generator_decides_what_is_dropped()
    {
        Tensor Drawn(ulong seed)
        {
            using var chance = new Generator(seed);
            return cat([(Tensor)Dropout.Apply(ones(100), Share, chance), (Tensor)Dropout.Apply(ones(100), Share, chance)]);
        }

        Assert.True(Drawn(5).allclose(Drawn(5)));
        Assert.False(Drawn(5).allclose(Drawn(6)));
        Assert.False(Drawn(5).narrow(0, 0, 100).allclose(Drawn(5).narrow(0, 100, 100)));
    }

    [Fact]
    public void Nothing_is_dropped_without_a_generator_or_a_share()
    {
        using var chance = new Generator(5);
        var x = ones(100);
        Assert.True(Dropout.Apply(x, Share, null).Eager!.allclose(x));
        Assert.True(Dropout.Apply(x, 0, chance).Eager!.allclose(x));
    }

    private static double Zeros(Tensor x) => x.eq(0).to(ScalarType.Float64).mean().ToDouble();
}
