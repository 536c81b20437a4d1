using TinySora.Engine.Interop.Onnx;
using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>One vector for a text: the weighted mean of its words' vectors, zero for a text without any.</summary>
internal static class WordMean
{
    private const double Tiny = 1e-8;

    /// <param name="states">(B, L, D).</param>
    /// <param name="weights">(B, L), 0 for padding.</param>
    /// <returns>(B, D).</returns>
    public static Tensor Of(Tensor states, Tensor weights)
    {
        weights = weights.unsqueeze(-1);
        return (states * weights).sum(1) / (weights.sum(1) + Tiny);
    }

    /// <param name="states">(B, L, D).</param>
    /// <param name="present">(B, L) booleans, false for padding; null: there is none.</param>
    /// <returns>(B, D).</returns>
    public static Tensor OfPresent(Tensor states, Tensor? present) => present is null ? states.mean([1]) : Of(states, present.to(states.dtype));

    /// <inheritdoc cref="OfPresent(Tensor, Tensor?)"/>
    public static OnnxTensor OfPresent(OnnxTensor states, OnnxTensor present) =>
        Of(states, present.Where(states.Graph.Number(1), states.Graph.Number(0))).Mean;

    /// <inheritdoc cref="Of(Tensor, Tensor)"/>
    /// <returns>(B, D), and the sum of the weights, (B).</returns>
    public static (OnnxTensor Mean, OnnxTensor Sum) Of(OnnxTensor states, OnnxTensor weights)
    {
        weights = weights.Unsqueeze(2);
        var sum = weights.Reduced("ReduceSum", 1);
        var mean = (states * weights).Reduced("ReduceSum", 1) / (sum + Tiny);
        return (mean.Reshape(states.Shape[0], states.Shape[2]), sum.Reshape(states.Shape[0]));
    }
}
