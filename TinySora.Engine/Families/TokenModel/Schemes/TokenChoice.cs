using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Schemes;

/// <summary>How a token is drawn from logits.</summary>
/// <param name="Temperature">Logits are divided by it; 0: the likeliest token.</param>
/// <param name="TopK">Among so many of the likeliest; null: all.</param>
/// <param name="TopP">Among the likeliest that together have this probability (nucleus sampling, Holtzman et al. 2020); null: all.</param>
/// <param name="MaskTemperature">Of the noise on how sure a masked transformer is.</param>
internal sealed record TokenChoice(double Temperature, int? TopK, double? TopP, double MaskTemperature)
{
    /// <param name="logits">(..., V) float32.</param>
    /// <param name="chances">(...) float64, uniform in [0, 1).</param>
    /// <returns>(...) int64.</returns>
    public Tensor Pick(Tensor logits, Tensor chances)
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
