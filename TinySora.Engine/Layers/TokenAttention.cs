using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Compute.Processes;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>Softmax attention over the tokens of a transformer, for queries, keys and values in any memory layout.</summary>
internal static class TokenAttention
{
    /// <summary>Returns the attention from queries to the keys with the same indices on the axes A and M. Logits are scaled by 1 / √d.</summary>
    /// <param name="q">
    /// (A, M, L, h, d) with any strides, except that the stride of d must be 1. Parts of packed projections and permuted axes need no copy.
    /// </param>
    /// <param name="k">(A, M, S, h, d) with any strides, except that the stride of d must be 1.</param>
    /// <param name="v">Same shape as <paramref name="k"/>.</param>
    /// <param name="bias">Bias (h, L, S) to add to the logits.</param>
    /// <param name="absent">Mask (A, S) of keys to ignore. A query without any key gets the mean of the values.</param>
    /// <param name="isCausal">Whether queries ignore keys with a higher index.</param>
    /// <param name="dropout">Fraction of the weights to set to zero if <paramref name="chance"/> is specified. The other weights are scaled up.</param>
    /// <returns>(A, M, L, h, d), with the memory order of <paramref name="q"/>'s axes and the type of <paramref name="v"/>.</returns>
    public static AnyTensor Attend(
        AnyTensor q, AnyTensor k, AnyTensor v, AnyTensor? bias = null, AnyTensor? absent = null, bool isCausal = false, double dropout = 0,
        BatchRandom? chance = null)
    {
        if (q.Eager is Tensor queries && v.Eager is Tensor values && Kernels.CanAttend(values) && queries.dtype == values.dtype)
        {
            Count(queries, k.shape[2]);
            return Kernels.Attend(queries, (Tensor)k, values, (Tensor?)bias, (Tensor?)absent, isCausal, dropout, chance);
        }

        var mask = absent?.reshape(absent.shape[0], 1, 1, 1, -1);
        if (isCausal)
        {
            AnyTensor later = ones([q.shape[2], k.shape[2]], ScalarType.Bool, q.device).triu(1);
            mask = mask is null ? later : mask | later;
        }

        var mixed = ScaledDotProduct.Attend(Heads(q), Heads(k), Heads(v), Math.Pow(q.shape[^1], -0.5), bias, mask, dropout, chance).transpose(2, 3);
        return q.Eager is Tensor like ? LaidOut((Tensor)mixed, like) : mixed;
    }

    /// <summary>
    /// Returns the attention between tokens, with queries, keys and values packed into one tensor. Their gradients are also written to a single tensor.
    /// </summary>
    /// <param name="qkv">(A, M, L, 3, h, d) with any strides, except that the stride of d must be 1.</param>
    /// <inheritdoc cref="Attend"/>
    public static AnyTensor AttendPacked(
        AnyTensor qkv, AnyTensor? bias = null, AnyTensor? absent = null, bool isCausal = false, double dropout = 0, BatchRandom? chance = null)
    {
        var parts = qkv.unbind(3);
        if (qkv.Eager is Tensor packed && Kernels.CanAttend((Tensor)parts[2]))
        {
            Count((Tensor)parts[0], parts[1].shape[2]);
            return Kernels.Attend(packed, null, null, (Tensor?)bias, (Tensor?)absent, isCausal, dropout, chance);
        }

        return Attend(parts[0], parts[1], parts[2], bias, absent, isCausal, dropout, chance);
    }

    private static void Count(Tensor q, long keys) => FlopCounter.Add(4 * q.numel() * keys);

    private static AnyTensor Heads(AnyTensor tokens) => tokens.transpose(2, 3);

    /// <summary>Rearranges a tensor so that its axes have the same memory order as those of another tensor.</summary>
    private static Tensor LaidOut(Tensor x, Tensor like)
    {
        var strides = like.stride();
        long[] order = [.. Enumerable.Range(0, 5).OrderByDescending(axis => strides[axis]).Select(axis => (long)axis)];
        long[] back = [.. Enumerable.Range(0, 5).Select(axis => (long)Array.IndexOf(order, axis))];
        return x.permute(order).contiguous().permute(back);
    }
}

/// <summary>
/// Softmax attention from queries to keys (Vaswani et al. 2017), composed of stock operators. In the U-Net, the rotary embedding has already scaled queries
/// and keys.
/// </summary>
internal static class ScaledDotProduct
{
    /// <param name="q">(..., T, d).</param>
    /// <param name="k">(..., S, d).</param>
    /// <param name="v">(..., S, e).</param>
    /// <param name="scale">Factor for the logits (..., T, S); <c>null</c> if queries and keys are already scaled.</param>
    /// <param name="bias">Bias to add to the scaled logits.</param>
    /// <param name="mask">Mask of keys to ignore. A query without any key gets the mean of the values, so that no result is NaN.</param>
    /// <param name="dropout">Fraction of the weights to drop if <paramref name="chance"/> is specified.</param>
    /// <returns>(..., T, e), in the type of <paramref name="v"/>.</returns>
    public static AnyTensor Attend(
        AnyTensor q, AnyTensor k, AnyTensor v, double? scale, AnyTensor? bias = null, AnyTensor? mask = null, double dropout = 0, BatchRandom? chance = null)
    {
        var logits = q.matmul(k.transpose(-2, -1));
        FlopCounter.Add(logits, 2 * (q.shape[^1] + v.shape[^1]));
        logits = scale is double factor ? logits * factor : logits;
        logits = bias is null ? logits : logits + bias;
        logits = mask is null ? logits : logits.ToFloat32().masked_fill(mask, -1e9);
        return Dropout.Apply(logits.softmax(-1), dropout, chance).type_as(v).matmul(v);
    }
}

/// <summary>
/// Rotary embeddings (Su et al. 2021) over several axes. Each axis rotates its own part of a head's feature pairs (i, i + d/2), by the position times
/// 10000^(−j / number of pairs for the axis).
/// </summary>
/// <param name="Cosines">Cosines of the angles, which broadcast to (..., heads, d/2).</param>
internal sealed record RotaryTable(Tensor Cosines, Tensor Sines)
{
    /// <param name="axes">Positions (N) along each axis. The first axis gets the remaining pairs if they cannot be divided evenly.</param>
    /// <returns>Rotary embedding for (..., N, heads, d).</returns>
    public static RotaryTable ForPositions(int headWidth, params Tensor[] axes)
    {
        var pairs = headWidth / 2;
        var share = pairs / axes.Length;
        var angles = cat([.. axes.Select((positions, i) =>
        {
            var count = i == 0 ? pairs - (share * (axes.Length - 1)) : share;
            var frequencies = (arange(count, ScalarType.Float64, positions.device) * (-Math.Log(10000) / count)).exp();
            return positions.unsqueeze(-1) * frequencies;
        })], -1).unsqueeze(1);
        return new(angles.cos().to(ScalarType.Float32), angles.sin().to(ScalarType.Float32));
    }

    /// <summary>Returns the embedding preceded by <paramref name="tokens"/> tokens that are not rotated.</summary>
    public RotaryTable PrependUnrotated(long tokens)
    {
        long[] shape = [tokens, 1, Cosines.shape[^1]];
        return new(cat([ones(shape, ScalarType.Float32, Cosines.device), Cosines]), cat([zeros(shape, ScalarType.Float32, Sines.device), Sines]));
    }

    /// <summary>Returns the same embedding, but for tensors of shape (..., N, M, heads, d), where N is the axis of positions.</summary>
    public RotaryTable ForRows() => new(Cosines.unsqueeze(1), Sines.unsqueeze(1));

    /// <param name="heads">(..., heads, d).</param>
    public AnyTensor Apply(AnyTensor heads)
    {
        var halves = heads.ToFloat32().chunk(2, -1);
        return AnyTensor.cat([(halves[0] * Cosines) - (halves[1] * Sines), (halves[1] * Cosines) + (halves[0] * Sines)], -1).type_as(heads);
    }
}
