using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.CausalConv"/>
internal sealed class CausalConvOperation : KernelOperation
{
    private static readonly NativeKernel Forward = new("causal_conv");
    private static readonly NativeKernel Backward = new("causal_conv_backward");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var x = InRows(inputs[0]!);
        var (taps, bias) = (inputs[1]!.flatten(1).t().contiguous(), Packed(inputs[2]!));
        var result = empty(x.shape);
        Forward.Run([x, taps, bias, result]);
        Save(x, taps, bias);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var (x, taps) = (kept[0], kept[1]);
        var ofX = empty(x.shape, x.dtype);
        var ofWeights = empty(taps.shape[0] + 1, taps.shape[1]);
        Backward.Run([x, taps, kept[2], Packed(gradient), ofX, ofWeights]);
        return [ofX, ofWeights.narrow(0, 0, taps.shape[0]).t().unsqueeze(1), ofWeights[taps.shape[0]]];
    }
}
