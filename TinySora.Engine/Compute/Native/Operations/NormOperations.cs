using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.LayerNorm"/>
internal sealed class LayerNormOperation(bool narrow) : KernelOperation
{
    private static readonly NativeKernel Forward = new("layer_norm");
    private static readonly NativeKernel Backward = new("layer_norm_backward");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var (x, gain) = (ToContiguous(inputs[0]!), ToContiguous(inputs[1]!, ScalarType.Float32));
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
        Backward.Run([x, gain, kept[2], ToContiguous(gradient), ofX, ofGain]);
        return [ofX, ofGain];
    }
}

/// <inheritdoc cref="Kernels.ModulatedNorm"/>
internal sealed class ModulatedNormOperation(bool narrow) : KernelOperation
{
    private static readonly NativeKernel Forward = new("modulated_norm");
    private static readonly NativeKernel Backward = new("modulated_norm_backward");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var (x, shift, scale) = (ToContiguous(inputs[0]!, ScalarType.Float32), ToContiguous(inputs[1]!), ToContiguous(inputs[2]!));
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
        Backward.Run([x, scale, kept[2], ToContiguous(gradient), ofX, ofShift, ofScale]);
        return [ofX, ofShift, ofScale];
    }
}

/// <inheritdoc cref="Kernels.GroupNorm"/>
internal sealed class GroupNormOperation(double eps, Activation activation, double slope) : KernelOperation
{
    private static readonly NativeKernel Forward = new("group_norm");
    private static readonly NativeKernel Backward = new("group_norm_backward");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var (x, gain, shift) = (ToContiguous(inputs[0]!), ToContiguous(inputs[1]!), ToContiguous(inputs[2]!));
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
            [x, gain, shift, kept[3], kept[4], ToContiguous(gradient, x.dtype), ofX, ofGain, ofShift], (long)activation, NativeKernel.Bits(slope));
        return [ofX, ofGain, ofShift, null, null];
    }
}

/// <inheritdoc cref="Kernels.NormSilu"/>
internal sealed class NormSiluOperation : KernelOperation
{
    private static readonly NativeKernel Forward = new("norm_silu");
    private static readonly NativeKernel Backward = new("norm_silu_backward");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var (x, gamma, modulation) = (ToContiguous(inputs[0]!), ToContiguous(inputs[1]!), ToContiguous(inputs[2], ScalarType.Float32));
        var skip = ToContiguous(inputs[3]);
        var result = skip is null ? empty_like(x) : empty(x.shape);
        Forward.Run([x, gamma, modulation, skip, result]);
        Save(x, gamma, modulation);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var (x, gamma, modulation) = (kept[0], kept[1], (Tensor?)kept[2]);
        var (ofX, ofGamma, ofModulation) = (empty_like(x), empty_like(gamma), modulation is null ? null : empty_like(modulation));
        Backward.Run([x, gamma, modulation, ToContiguous(gradient, x.dtype), ofX, ofGamma, ofModulation]);
        return [ofX, ofGamma, ofModulation, Needs(3) ? gradient.alias() : null];
    }
}
