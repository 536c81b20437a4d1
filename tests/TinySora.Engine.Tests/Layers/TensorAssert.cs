using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Layers;

internal static class TensorAssert
{
    /// <param name="tolerance">Maximum difference of two values, relative to the largest expected value, or to 1 if all values are less.</param>
    public static void Near(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        var (difference, largest) = ((expected - actual).abs().max().ToDouble(), expected.abs().max().ToDouble());
        Assert.True(difference <= tolerance * Math.Max(1, largest), $"The results differ by {difference}, and the largest is {largest}.");
    }
}
