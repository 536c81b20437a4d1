using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>A token and its weight in the mean over the text.</summary>
public readonly record struct Token(int Id, float Weight);

/// <summary>Texts of different lengths as one tensor.</summary>
/// <param name="Ids">(B, L) int64, 0 at padding.</param>
/// <param name="Present">(B, L) booleans, false at padding.</param>
/// <param name="Weights">(B, L) float32, 0 at padding.</param>
internal sealed record PaddedTokens(Tensor Ids, Tensor Present, Tensor Weights)
{
    /// <summary>ID of the padding; some vocabularies also use this ID for a piece.</summary>
    public const int Padding = 0;

    public static PaddedTokens Pad(IReadOnlyList<IReadOnlyList<Token>> texts, Device device)
    {
        var length = Math.Max(1, texts.Max(text => text.Count));
        var ids = new long[texts.Count * length];
        var weights = new float[texts.Count * length];
        for (var i = 0; i < texts.Count; i++)
        {
            for (var j = 0; j < texts[i].Count; j++)
            {
                (ids[i * length + j], weights[i * length + j]) = (texts[i][j].Id, texts[i][j].Weight);
            }
        }

        var tokens = tensor(ids, [texts.Count, length]).to(device);
        var present = arange(length, device: device).unsqueeze(0).lt(tensor(texts.Select(text => (long)text.Count).ToArray()).to(device).unsqueeze(1));
        return new PaddedTokens(tokens, present, tensor(weights, [texts.Count, length]).to(device));
    }

    /// <summary>Returns a mask that keeps tokens from attending to padding.</summary>
    /// <returns>(B, 1, 1, L).</returns>
    public Tensor AttentionMask() => Present.logical_not().unsqueeze(1).unsqueeze(1);

    /// <summary>Returns the weights of the texts that this batch was made of; <c>null</c> if they have none.</summary>
    public Tensor? WeightsOf(IReadOnlyList<WeightedText> texts) => texts.Any(text => text.HasWeights) ? Weights : null;

    /// <summary>Computes the weighted mean over tokens; 0 if all weights are 0.</summary>
    /// <param name="x">(B, L, width).</param>
    /// <param name="skip">Number of leading tokens to exclude.</param>
    /// <returns>(B, width).</returns>
    public Tensor Mean(Tensor x, int skip = 0)
    {
        var length = Weights.shape[1] - skip;
        return (Tensor)MeanPooling.Weighted(x.narrow(1, skip, length), Weights.narrow(1, skip, length));
    }
}
