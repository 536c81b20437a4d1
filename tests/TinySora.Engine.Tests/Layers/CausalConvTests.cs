using TinySora.Engine.Families.TokenModel.Networks;
using TorchSharp;
using static TinySora.Engine.Tests.Families.PixelUNet.UNetGolden;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Layers;

public sealed class CausalConvTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Values_and_gradients_equal_those_of_a_padded_convolution()
    {
        // silu(conv1d(pad(x, (3, 0)), weight, bias, groups=2)) of PyTorch 1.13.1 in float64
        float[][] expected =
        [
            [0.274869f, -0.05188171f, -0.05383111f, 0.6315295f, 0.5091251f, -0.2122515f, 0.7439902f, 0.1022583f, 0.5625598f, 0.3593319f,
                0.592623f, 0.3168863f, 0.9020019f, -0.02643905f, -0.04650638f, 0.3614588f, 0.7404018f, 0.438987f, 0.3429029f, 0.1177214f],
            [0.190603f, 0.3644034f, -0.8186822f, 0.1106023f, 0.1899672f, 0.1142765f, 0.8530102f, -0.2922108f, 0.1937609f, 0.3932798f,
                -0.006167906f, -0.0227722f, 0.07454362f, -0.0118873f, -0.2581125f, 0.8073497f, 0.4748781f, -0.9171763f, 0.1429519f, 0.3663688f],
            [-1.375692f, 0.6229807f, -0.02421005f, 0.5823942f, 0.2455162f, 0.3909665f, 0.02248901f, -0.7252622f],
            [1.691841f, 0.2715659f],
        ];
        var x = new[] { Noise(1, 2, 5, 2), Noise(2, 2, 1, 4), Noise(3, 2) }.Select(input => input.requires_grad_()).ToArray();
        var y = DepthwiseCausalConv.Apply(x[0], x[1], x[2]);
        (y * Noise(4, y.shape)).Eager!.sum().backward();
        foreach (var (values, actual) in expected.Zip([y.Eager!.detach(), .. x.Select(input => input.grad!)]))
        {
            Assert.True(actual.flatten().allclose(tensor(values), 1e-5, 1e-6), $"{string.Join(", ", actual.flatten().data<float>().ToArray())}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void One_token_at_a_time_equals_the_whole_sequence(int atATime)
    {
        var (x, weight, bias) = (Noise(1, 2, 10, 16), Noise(2, 16, 1, 4), Noise(3, 16));
        var state = zeros([2, DepthwiseCausalConv.StateLength, 16]);
        var steps = Enumerable.Range(0, 10 / atATime).Select(i => DepthwiseCausalConv.Step(x.narrow(1, i * atATime, atATime), weight, bias, state)).ToList();
        Assert.True(cat(steps, 1).allclose((Tensor)DepthwiseCausalConv.Apply(x, weight, bias), 1e-5, 1e-6));
    }
}
