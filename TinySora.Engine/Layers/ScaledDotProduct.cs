using TinySora.Engine.Compute.Processes;

namespace TinySora.Engine.Layers;

/// <summary>
/// Softmax attention of queries to keys (Vaswani et al. 2017), as every attention here composes it. Rotary positions turn queries and
/// keys before, and then scale them, too: see the rotary embedding of the U-Net.
/// </summary>
internal static class ScaledDotProduct
{
    /// <param name="q">(..., T, d).</param>
    /// <param name="k">(..., S, d).</param>
    /// <param name="v">(..., S, e).</param>
    /// <param name="scale">Of the logits, (..., T, S); null: queries and keys are scaled.</param>
    /// <param name="bias">Added to the logits after they are scaled.</param>
    /// <param name="mask">Booleans that are true where a query does not look. Where it looks nowhere it takes the mean, so no result is NaN.</param>
    /// <param name="dropout">The share of the weights that are dropped where there is chance.</param>
    /// <returns>(..., T, e), in the type of <paramref name="v"/>.</returns>
    public static AnyTensor Attend(
        AnyTensor q, AnyTensor k, AnyTensor v, double? scale, AnyTensor? bias = null, AnyTensor? mask = null, double dropout = 0, BatchRandom? chance = null)
    {
        var logits = q.matmul(k.transpose(-2, -1));
        FlopCounter.Add(logits, 2 * (q.shape[^1] + v.shape[^1]));
        logits = scale is double factor ? logits * factor : logits;
        logits = bias is null ? logits : logits + bias;
        logits = mask is null ? logits : logits.Widened().masked_fill(mask, -1e9);
        return Dropout.Of(logits.softmax(-1), dropout, chance).type_as(v).matmul(v);
    }
}
