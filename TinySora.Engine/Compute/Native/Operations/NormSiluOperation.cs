using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.NormSilu"/>
internal sealed class NormSiluOperation : KernelOperation
{
    private static readonly NativeKernel Forward = new("norm_silu");
    private static readonly NativeKernel Backward = new("norm_silu_backward");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var (x, gamma, modulation) = (Packed(inputs[0]!), Packed(inputs[1]!), Packed(inputs[2], ScalarType.Float32));
        var skip = Packed(inputs[3]);
        var result = skip is null ? empty_like(x) : empty(x.shape);
        Forward.Run([x, gamma, modulation, skip, result]);
        Save(x, gamma, modulation);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var (x, gamma, modulation) = (kept[0], kept[1], (Tensor?)kept[2]);
        var (ofX, ofGamma, ofModulation) = (empty_like(x), empty_like(gamma), modulation is null ? null : empty_like(modulation));
        Backward.Run([x, gamma, modulation, Packed(gradient, x.dtype), ofX, ofGamma, ofModulation]);
        return [ofX, ofGamma, ofModulation, Needs(3) ? gradient.alias() : null];
    }
}
