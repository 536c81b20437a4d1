using TinySora.Engine.Layers;

namespace TinySora.Engine.Text;

/// <summary>Computes a text's vector: the weighted mean of its words' vectors, or zero for a text without words.</summary>
internal static class MeanPooling
{
    private const double Tiny = 1e-8;

    /// <param name="states">(B, L, D).</param>
    /// <param name="weights">(B, L), 0 for padding.</param>
    /// <returns>(B, D).</returns>
    public static AnyTensor Weighted(AnyTensor states, AnyTensor weights)
    {
        weights = weights.unsqueeze(-1);
        return (states * weights).sum(1) / (weights.sum(1) + Tiny);
    }

    /// <param name="states">(B, L, D).</param>
    /// <param name="present">(B, L) booleans, false at padding; <c>null</c> if nothing is padded.</param>
    /// <returns>(B, D).</returns>
    public static AnyTensor Masked(AnyTensor states, AnyTensor? present) => present is null ? states.mean(1) : Weighted(states, present.type_as(states));
}
