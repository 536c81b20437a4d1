using static TorchSharp.torch;

namespace TinySora.Engine.Layers.Onnx;

/// <summary>Convolutions of channels-last clips, computed with ONNX operators, in which channels are the second axis.</summary>
internal static class OnnxConv
{
    /// <summary>Adds a convolution over three axes, or over two for single frames.</summary>
    /// <param name="input">(B, F, H, W, C).</param>
    /// <param name="operation">Conv or ConvTranspose.</param>
    /// <param name="weight">Weight with the shape that it has in PyTorch's layer of the same name.</param>
    /// <returns>(B, F', H', W', outputs).</returns>
    public static AnyTensor Apply(OnnxGraph graph, AnyTensor input, string operation, Tensor weight, Tensor? bias, Axis time, Axis space, long outputs)
    {
        var isFlat = time == Axis.Single;
        Axis[] axes = isFlat ? [space, space] : [time, space, space];
        var x = (OnnxTensor)(isFlat
            ? input.flatten(0, 1).permute(0, 3, 1, 2)                                        // (B·F, C, H, W)
            : input.permute(0, 4, 1, 2, 3));                                                 // (B, C, F, H, W)
        var w = isFlat && weight.ndim == 5 ? graph.Weight(weight, own => own.squeeze(2)) : graph.Weight(weight);
        var lengths = x.shape[2..].Select((length, i) => operation == "Conv" ? Shorter(length, axes[i]) : Longer(length, axes[i]));
        var y = graph.Add(
            operation, [x, w, .. bias is null ? [] : new[] { graph.Weight(bias) }], x.Type, [x.shape[0], outputs, .. lengths],
            ("strides", axes.Select(axis => axis.Stride).ToArray()),
            ("pads", axes.Select(axis => axis.Before).Concat(axes.Select(axis => axis.After)).ToArray()));
        return isFlat ? y.permute(0, 2, 3, 1).unflatten(0, input.shape[0], input.shape[1]) : y.permute(0, 2, 3, 4, 1);
    }

    private static long Shorter(long length, Axis axis) => ((length + axis.Before + axis.After - axis.Kernel) / axis.Stride) + 1;

    private static long Longer(long length, Axis axis) => ((length - 1) * axis.Stride) + axis.Kernel - axis.Before - axis.After;
}
