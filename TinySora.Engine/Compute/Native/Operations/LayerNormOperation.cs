using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.LayerNorm"/>
internal sealed class LayerNormOperation(bool narrow) : KernelOperation
{
    private static readonly NativeKernel Forward = new("layer_norm");
    private static readonly NativeKernel Backward = new("layer_norm_backward");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var (x, gain) = (Packed(inputs[0]!), Packed(inputs[1]!, ScalarType.Float32));
        var result = empty(x.shape, narrow ? ScalarType.BFloat16 : ScalarType.Float32);
        var statistics = empty(x.numel() / gain.numel(), 2);
        Forward.Run([x, gain, result, statistics]);
        Save(x, gain, statistics);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var (x, gain) = (kept[0], kept[1]);
        var (ofX, ofGain) = (empty_like(x), zeros_like(gain));
        Backward.Run([x, gain, kept[2], Packed(gradient), ofX, ofGain]);
        return [ofX, ofGain];
    }
}
