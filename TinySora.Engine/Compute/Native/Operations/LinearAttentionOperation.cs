using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.AttendLinearly"/>
internal sealed class LinearAttentionOperation(int heads) : KernelOperation
{
    private static readonly NativeKernel Forward = new("linear_attention");
    private static readonly NativeKernel Backward = new("linear_attention_backward");

    /// <summary>The features of a head that the kernel is made for (linear_attention.cpp).</summary>
    private const int Width = 32;

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var qkv = Packed(inputs[0]!);
        var (frames, positions) = (qkv.shape[0], qkv.shape[1]);
        var result = empty([frames, positions, heads * Width], qkv.dtype);
        var (contexts, scales) = (empty(frames * heads, Width * Width), empty(frames * heads, 2 * Width));
        Forward.Run([qkv, result, contexts, scales], heads);
        Save(qkv, contexts, scales);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var qkv = kept[0];
        var ofQkv = empty_like(qkv);
        Backward.Run([qkv, kept[1], kept[2], Packed(gradient, qkv.dtype), ofQkv], heads);
        return [ofQkv];
    }
}
