using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.Attend(Tensor, Tensor, Tensor)"/>
internal sealed class TemporalAttentionOperation : KernelOperation
{
    private static readonly NativeKernel Forward = new("temporal_attention");
    private static readonly NativeKernel Backward = new("temporal_attention_backward");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var (qkv, turns, bias) = (Packed(inputs[0]!), Packed(inputs[1]!), Packed(inputs[2]!));
        var result = empty([qkv.shape[0], qkv.shape[1], qkv.shape[2], bias.shape[0] * turns.shape[1]], qkv.dtype);
        Forward.Run([qkv, turns, bias, result]);
        Save(qkv, turns, bias);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var (qkv, turns, bias) = (kept[0], kept[1], kept[2]);
        var (ofQkv, ofBias) = (empty_like(qkv), zeros_like(bias));
        Backward.Run([qkv, turns, bias, Packed(gradient, qkv.dtype), ofQkv, ofBias]);
        return [ofQkv, null, ofBias];
    }
}
