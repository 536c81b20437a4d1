using TinySora.Engine.Interop.Onnx;

namespace TinySora.Engine.Layers;

/// <summary>Convolutions of clips with channels last as ONNX's, whose channels are the second axis.</summary>
internal static class GraphConv
{
    /// <summary>A convolution in three axes, or in two where the weight has no more or frames are treated one by one.</summary>
    /// <param name="input">(B, F, H, W, C).</param>
    /// <param name="operation">Conv or ConvTranspose.</param>
    /// <param name="weight">As PyTorch's layer of that name has it.</param>
    /// <returns>(B, F', H', W', outputs).</returns>
    public static OnnxTensor Write(OnnxTensor input, string operation, OnnxTensor weight, OnnxTensor? bias, Axis time, Axis space, long outputs)
    {
        var s = input.Shape;
        var isFlat = time == Axis.Single;
        Axis[] axes = isFlat ? [space, space] : [time, space, space];
        var x = isFlat
            ? input.Flatten(0, 1).Permute(0, 3, 1, 2)                                        // (B·F, C, H, W)
            : input.Permute(0, 4, 1, 2, 3);                                                  // (B, C, F, H, W)
        var w = isFlat && weight.Shape.Length == 5 ? weight.Reshape([.. weight.Shape[..2], .. weight.Shape[3..]]) : weight;
        var lengths = x.Shape[2..].Select((length, i) => operation == "Conv" ? Shorter(length, axes[i]) : Longer(length, axes[i]));
        x = x.Graph.Add(
            operation, [x, w, .. bias is null ? [] : new[] { bias }], x.Type, [x.Shape[0], outputs, .. lengths],
            ("strides", axes.Select(axis => axis.Stride).ToArray()),
            ("pads", axes.Select(axis => axis.Before).Concat(axes.Select(axis => axis.After)).ToArray()));
        return isFlat ? x.Permute(0, 2, 3, 1).Unflatten(0, s[0], s[1]) : x.Permute(0, 2, 3, 4, 1);
    }

    private static long Shorter(long length, Axis axis) => ((length + axis.Before + axis.After - axis.Kernel) / axis.Stride) + 1;

    private static long Longer(long length, Axis axis) => ((length - 1) * axis.Stride) + axis.Kernel - axis.Before - axis.After;
}
