using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.NormSilu"/>
internal sealed class NormSiluOperation : KernelOperation
{
    private static readonly NativeKernel Forward = new("norm_silu");
    private static readonly NativeKernel Backward = new("norm_silu_backward");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var (x, gain, shift) = (inputs[0]!.contiguous(), inputs[1]!.to(ScalarType.Float32).contiguous(), inputs[2]!.to(ScalarType.Float32).contiguous());
        var result = empty_like(x);
        Forward.Run([x, gain, shift, result]);
        Save(x, gain, shift);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var (x, gain, shift) = (kept[0], kept[1], kept[2]);
        var (ofX, ofGain, ofShift) = (empty_like(x), zeros_like(gain), zeros_like(shift));
        Backward.Run([x, gain, shift, gradient.to(x.dtype).contiguous(), ofX, ofGain, ofShift]);
        return [ofX, ofGain, ofShift];
    }
}
