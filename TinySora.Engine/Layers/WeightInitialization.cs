using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>Initial values as in PyTorch's layers, drawn from the default generator.</summary>
internal static class WeightInitialization
{
    /// <summary>Creates a parameter with uniform random values within ±1/√fanIn, like kaiming_uniform_ with a = √5.</summary>
    public static Parameter Uniform(long fanIn, params long[] shape)
    {
        var bound = 1 / Math.Sqrt(fanIn);
        return new Parameter(Empty(shape).uniform_(-bound, bound));
    }

    /// <summary>Creates a parameter with uniform random values within ±√(6 / (fanIn + fanOut)), like xavier_uniform_ for the weight in matrix form.</summary>
    public static Parameter Xavier(long fanIn, long fanOut, params long[] shape)
    {
        var bound = Math.Sqrt(6.0 / (fanIn + fanOut));
        return new Parameter(Empty(shape).uniform_(-bound, bound));
    }

    public static Parameter Normal(double deviation, params long[] shape) =>
        new(Empty(shape).normal_(0, deviation));

    /// <summary>Stores a convolution weight (·, ·, t, h, w) in the memory order (·, h, w, t, ·), with input channels last.</summary>
    /// <param name="isFlat">Whether to drop the time axis, for the shape (·, ·, h, w).</param>
    /// <param name="axis">Axis of the input channels: 1, or 0 for a transposed convolution.</param>
    public static Parameter ChannelsLast(Parameter weight, bool isFlat = false, int axis = 1)
    {
        var (there, back) = axis == 0 ? ([1, 3, 4, 2, 0], [4, 0, 3, 1, 2]) : (new long[] { 0, 3, 4, 2, 1 }, new long[] { 0, 4, 3, 1, 2 });
        using var nothing = no_grad();
        using var moved = weight.permute(there);
        using var packed = moved.contiguous();
        using var view = packed.permute(back);
        using var flat = isFlat ? view.squeeze(2) : view.alias();
        weight.Dispose();
        return new Parameter(flat.clone()); // keeps the strides
    }

    public static Parameter Zeros(params long[] shape) => new(Empty(shape).zero_());

    public static Parameter Ones(params long[] shape) => new(Empty(shape).fill_(1));

    private static Tensor Empty(long[] shape)
    {
        WeightBudget.Add(shape);
        return empty(shape, ScalarType.Float32);
    }
}
