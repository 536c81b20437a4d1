using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.ModulatedNorm"/>
internal sealed class ModulatedNormOperation(bool narrow) : KernelOperation
{
    private static readonly NativeKernel Forward = new("modulated_norm");
    private static readonly NativeKernel Backward = new("modulated_norm_backward");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var (x, shift, scale) = (Packed(inputs[0]!, ScalarType.Float32), Packed(inputs[1]!), Packed(inputs[2]!));
        var result = empty(x.shape, narrow ? ScalarType.BFloat16 : ScalarType.Float32);
        var statistics = empty(x.numel() / x.shape[^1], 2);
        Forward.Run([x, shift, scale, result, statistics]);
        Save(x, scale, statistics);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var (x, scale) = (kept[0], kept[1]);
        var (ofX, ofShift, ofScale) = (empty_like(x), empty_like(scale), empty_like(scale));
        Backward.Run([x, scale, kept[2], Packed(gradient), ofX, ofShift, ofScale]);
        return [ofX, ofShift, ofScale];
    }
}
