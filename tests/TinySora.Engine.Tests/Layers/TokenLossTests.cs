using TinySora.Engine.Families.TokenModel.Networks;
using TorchSharp;
using static TinySora.Engine.Tests.Families.PixelUNet.UNetGolden;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Layers;

/// <summary>Reference values come from PyTorch 1.13.1's cross_entropy in float64.</summary>
public sealed class TokenLossTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Tensor weights = Noise(1, 4, 5).requires_grad_();
    private readonly Tensor targets = tensor(new long[] { 4, 0, 2, 1 });

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Loss_and_gradient_equal_those_of_cross_entropy()
    {
        float[] expected =
        [
            0.00119514f, 0.006822545f, 0.005731908f, 0.2169139f, -0.2306635f, -0.1923787f, 0.05685417f, 0.05975379f, 0.05745183f, 0.01831894f,
            0.1169627f, 0.06276053f, -0.2484297f, 0.04267287f, 0.02603365f, 0.1240103f, -0.2438784f, 0.1025908f, 0.008032085f, 0.009245253f,
        ];
        var loss = TokenLoss.Compute(weights * 3, targets);
        Assert.Equal(3.201720868, loss.ToDouble(), 1e-5);
        (loss * 2).backward();
        Assert.True((weights.grad! / 6).flatten().allclose(tensor(expected), 1e-5, 1e-6));
    }

    [Fact]
    public void Ignored_tokens_do_not_contribute_whatever_their_target()
    {
        float[] expected =
        [
            0.00239028f, 0.01364509f, 0.01146382f, 0.4338278f, -0.461327f, 0, 0, 0, 0, 0,
            0.2339254f, 0.1255211f, -0.4968595f, 0.08534573f, 0.0520673f, 0, 0, 0, 0, 0,
        ];
        var loss = TokenLoss.Compute(weights * 3, tensor(new long[] { 4, 77, 2, -1 }), tensor(new[] { false, true, false, true }));
        Assert.Equal(3.814838639, loss.ToDouble(), 1e-5);
        loss.backward();
        Assert.True((weights.grad! / 3).flatten().allclose(tensor(expected), 1e-5, 1e-6));
    }

    [Fact]
    public void Without_counted_tokens_loss_and_gradient_are_zero()
    {
        var loss = TokenLoss.Compute(weights * 3, targets, ones(4, ScalarType.Bool));
        loss.backward();
        Assert.Equal(0, loss.ToDouble());
        Assert.Equal(0, weights.grad!.abs().max().ToDouble());
    }
}
