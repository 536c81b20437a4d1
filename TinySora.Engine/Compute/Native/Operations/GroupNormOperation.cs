using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.GroupNorm"/>
internal sealed class GroupNormOperation(double eps, Activation activation, double slope) : KernelOperation
{
    private static readonly NativeKernel Forward = new("group_norm");
    private static readonly NativeKernel Backward = new("group_norm_backward");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var (x, gain, shift) = (Packed(inputs[0]!), Packed(inputs[1]!), Packed(inputs[2]!));
        var (mean, inverse) = (inputs[3]!, inputs[4]!);
        var result = empty_like(x);
        Forward.Run([x, gain, shift, mean, inverse, result], NativeKernel.Bits(eps), (long)activation, NativeKernel.Bits(slope));
        Save(x, gain, shift, mean, inverse);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var (x, gain, shift) = (kept[0], kept[1], kept[2]);
        var (ofX, ofGain, ofShift) = (empty_like(x), zeros_like(gain), zeros_like(shift));
        Backward.Run(
            [x, gain, shift, kept[3], kept[4], Packed(gradient, x.dtype), ofX, ofGain, ofShift], (long)activation, NativeKernel.Bits(slope));
        return [ofX, ofGain, ofShift, null, null];
    }
}
