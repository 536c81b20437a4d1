using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Schemes;

/// <param name="Temperature">Divisor of logits; 0 takes the most likely token.</param>
/// <param name="TopK">Number of most likely tokens to sample from; <c>null</c> to sample from all tokens.</param>
/// <param name="TopP">
/// Total probability of the most likely tokens to sample from (nucleus sampling, Holtzman et al. 2020); <c>null</c> to sample from all tokens.
/// </param>
/// <param name="MaskTemperature">Scale of the noise that is added when a masked transformer selects the tokens to unmask.</param>
internal sealed record TokenSampler(double Temperature, int? TopK, double? TopP, double MaskTemperature)
{
    /// <param name="logits">(..., V) float32.</param>
    /// <param name="chances">(...) float64, uniform in [0, 1).</param>
    /// <returns>(...) int64.</returns>
    public Tensor Sample(Tensor logits, Tensor chances)
    {
        if (Temperature == 0)
        {
            return logits.argmax(-1);
        }

        logits = logits.to(ScalarType.Float64) / Temperature;
        var vocabulary = logits.shape[^1];
        if (TopK < vocabulary)
        {
            var least = logits.topk(TopK.Value, -1).values.narrow(-1, TopK.Value - 1, 1);
            logits = logits.masked_fill(logits.lt(least), double.NegativeInfinity);
        }

        var probabilities = logits.softmax(-1);
        if (TopP is double share)
        {
            var sorted = probabilities.sort(-1, descending: true).Values;
            var count = (sorted.cumsum(-1) - sorted).lt(share).sum(-1, keepdim: true);
            var least = sorted.gather(-1, count - 1);
            probabilities = probabilities.masked_fill(probabilities.lt(least), 0);
        }

        var below = probabilities.cumsum(-1);
        return below.le(chances.unsqueeze(-1) * below.narrow(-1, vocabulary - 1, 1)).sum(-1).clamp(0, vocabulary - 1);
    }
}
