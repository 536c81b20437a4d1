using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>Initial values as PyTorch's layers draw them from the default generator.</summary>
internal static class Initial
{
    /// <summary>Uniform in ±1/√fanIn: what kaiming_uniform_ with a = √5 comes to.</summary>
    public static Parameter Uniform(long fanIn, params long[] shape)
    {
        var bound = 1 / Math.Sqrt(fanIn);
        return new Parameter(empty(shape, ScalarType.Float32).uniform_(-bound, bound));
    }

    public static Parameter Normal(double deviation, params long[] shape) =>
        new(empty(shape, ScalarType.Float32).normal_(0, deviation));

    /// <summary>The same values in memory that has one dimension, the input channels', last.</summary>
    /// <param name="axis">0 or 1.</param>
    public static Parameter ChannelsLast(Parameter weight, int axis = 1)
    {
        var (there, back) = axis == 0 ? ([1, 2, 3, 4, 0], [4, 0, 1, 2, 3]) : (new long[] { 0, 2, 3, 4, 1 }, new long[] { 0, 4, 1, 2, 3 });
        using var nothing = no_grad();
        using var moved = weight.permute(there);
        using var packed = moved.contiguous();
        using var view = packed.permute(back);
        weight.Dispose();
        return new Parameter(view.clone()); // keeps the strides
    }

    public static Parameter Ones(params long[] shape) => new(ones(shape, ScalarType.Float32));
}
