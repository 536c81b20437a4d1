using CsCheck;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Tests.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Compute.Native;

public sealed class ConvolutionBackendsTests
{
    /// <summary>Also on virtual machines that hide the sizes of caches, where oneDNN's results were wrong by as much as the values themselves.</summary>
    [Fact]
    public void Convolutions_and_their_gradients_are_those_of_float64() => EngineThread.Run(() =>
        Gen.Select(Gen.Int[2, 72], Gen.Int[1, 72], Gen.Int[2, 4], Gen.Int[1, 3], Gen.Int[4, 9], Gen.Int[1, 2]).Check(200, example =>
        {
            var (inputs, outputs, kernel, clips, side, stride) = example;
            using var scope = NewDisposeScope();
            manual_seed(inputs + outputs);
            var (frames, taps) = (Numbers(clips, inputs, side), Numbers(outputs, inputs, kernel));
            var actual = Convolve(frames, taps, stride);
            var expected = Convolve(frames.to(float64), taps.to(float64), stride);
            foreach (var (a, e) in actual.Zip(expected))
            {
                TensorAssert.Near(e, a.to(float64), 1e-4);
            }
        }));

    [Fact]
    public void Wrong_oneDNN_is_off() => EngineThread.Run(() =>
    {
        try
        {
            Assert.True(ConvolutionBackends.SwitchOneDnn(isOn: true));
            Assert.Equal(ConvolutionBackends.IsOneDnnOff, ConvolutionBackends.IsOneDnnWrong());
        }
        finally
        {
            ConvolutionBackends.SwitchOneDnn(!ConvolutionBackends.IsOneDnnOff);
        }

        Assert.False(ConvolutionBackends.IsOneDnnWrong());
    });

    /// <returns>(n, channels, side, side), channels last in memory as in the layers.</returns>
    private static Tensor Numbers(long n, long channels, long side) => randn([n, side, side, channels]).permute(0, 3, 1, 2);

    /// <summary>Returns the result, and the gradients of the sum of its squares by the frames and taps.</summary>
    private static Tensor[] Convolve(Tensor frames, Tensor taps, long stride)
    {
        var (x, weight) = (frames.requires_grad_(), taps.requires_grad_());
        var result = nn.functional.conv2d(x, weight, strides: [stride, stride], padding: [1, 1]);
        return [result, .. autograd.grad([result.square().sum()], [x, weight])];
    }
}
