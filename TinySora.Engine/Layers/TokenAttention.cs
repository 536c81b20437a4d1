using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Interop.Onnx;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>Softmax attention over the tokens of a transformer, on queries, keys and values as they lie in memory.</summary>
internal static class TokenAttention
{
    /// <summary>The queries with the same A and M attend to the keys with these A and M. Logits are scaled by 1 / √d.</summary>
    /// <param name="q">(A, M, L, h, d), of any strides where that of d is 1: parts of packed projections and permuted axes need no copy.</param>
    /// <param name="k">(A, M, S, h, d), likewise.</param>
    /// <param name="v">Like <paramref name="k"/>.</param>
    /// <param name="bias">(h, L, S), added to the logits.</param>
    /// <param name="absent">(A, S) booleans: keys at which nobody looks. A query that sees no key takes the mean of the values.</param>
    /// <param name="isCausal">Whether a query sees only the keys up to its own number.</param>
    /// <param name="dropout">The share of the weights that become zero, the others growing, where there is chance.</param>
    /// <returns>(A, M, L, h, d), its axes in memory in the order of those of <paramref name="q"/>, in the type of <paramref name="v"/>.</returns>
    public static Tensor Attend(
        Tensor q, Tensor k, Tensor v, Tensor? bias = null, Tensor? absent = null, bool isCausal = false, double dropout = 0, BatchRandom? chance = null)
    {
        if (Kernels.CanAttend(v) && q.dtype == v.dtype)
        {
            Count(q, k.shape[2]);
            return Kernels.Attend(q, k, v, bias, absent, isCausal, dropout, chance);
        }

        var mask = absent?.reshape(absent.shape[0], 1, 1, 1, -1);
        if (isCausal)
        {
            var later = ones([q.shape[2], k.shape[2]], ScalarType.Bool, q.device).triu(1);
            mask = mask is null ? later : mask | later;
        }

        var mixed = ScaledDotProduct.Attend(Heads(q), Heads(k), Heads(v), Math.Pow(q.shape[^1], -0.5), bias, mask, dropout, chance).transpose(2, 3);
        var strides = q.stride();
        long[] order = [.. Enumerable.Range(0, 5).OrderByDescending(axis => strides[axis]).Select(axis => (long)axis)];
        long[] back = [.. Enumerable.Range(0, 5).Select(axis => (long)Array.IndexOf(order, axis))];
        return mixed.permute(order).contiguous().permute(back);
    }

    /// <summary>Tokens attend to each other. Gradients of all three are written to one tensor, too.</summary>
    /// <param name="qkv">(A, M, L, 3, h, d), of any strides where that of d is 1.</param>
    /// <inheritdoc cref="Attend(Tensor, Tensor, Tensor, Tensor?, Tensor?, bool, double, BatchRandom?)"/>
    public static Tensor AttendPacked(
        Tensor qkv, Tensor? bias = null, Tensor? absent = null, bool isCausal = false, double dropout = 0, BatchRandom? chance = null)
    {
        var parts = qkv.unbind(3);
        if (Kernels.CanAttend(parts[2]))
        {
            Count(parts[0], parts[1].shape[2]);
            return Kernels.Attend(qkv, null, null, bias, absent, isCausal, dropout, chance);
        }

        return Attend(parts[0], parts[1], parts[2], bias, absent, isCausal, dropout, chance);
    }

    /// <inheritdoc cref="Attend(Tensor, Tensor, Tensor, Tensor?, Tensor?, bool, double, BatchRandom?)"/>
    public static OnnxTensor Attend(OnnxTensor q, OnnxTensor k, OnnxTensor v, OnnxTensor? absent = null, bool isCausal = false)
    {
        var mask = absent?.Reshape(absent.Shape[0], 1, 1, 1, absent.Shape[1]);
        if (isCausal)
        {
            mask = q.Graph.Constant(ones([q.Shape[2], k.Shape[2]], ScalarType.Bool).triu(1), "later");
        }

        var mixed = ScaledDotProduct.Attend(
            q.Transpose(2, 3), k.Transpose(2, 3), v.Transpose(2, 3), Math.Pow(q.Shape[^1], -0.5), mask: mask);
        return mixed.Transpose(2, 3);
    }

    private static void Count(Tensor q, long keys) => FlopCounter.Add(4 * q.numel() * keys);

    private static Tensor Heads(Tensor tokens) => tokens.transpose(2, 3);
}
