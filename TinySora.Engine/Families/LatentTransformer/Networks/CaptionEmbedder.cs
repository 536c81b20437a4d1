using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>States of captions as wide as tokens; a learned caption stands where there is none.</summary>
internal sealed class CaptionEmbedder : PublishedModule
{
    private readonly Parameter y_embedding;
    private readonly Linear _first;
    private readonly Linear _second;

    public CaptionEmbedder(int textWidth, int tokens, int width)
        : base(nameof(CaptionEmbedder))
    {
        y_embedding = Initial.Normal(Math.Pow(textWidth, -0.5), tokens, textWidth);
        (_first, _second) = (new Linear(textWidth, width).Normal(0.02), new Linear(width, width).Normal(0.02));
        register_parameter(nameof(y_embedding), y_embedding);
        Register([("y_proj.fc1", _first), ("y_proj.fc2", _second)]);
    }

    /// <param name="batch">B, where no text is given.</param>
    /// <returns>(B, L, width) float32, and (B, L) booleans: what of it is padding; null: nothing.</returns>
    public (AnyTensor States, AnyTensor? Absent) forward(NetworkCondition condition, long batch)
    {
        if (condition.Text is not AnyTensor text)
        {
            return (Project(y_embedding.unsqueeze(0)).expand(batch, -1, -1), null);
        }

        if (condition.Absent is not AnyTensor dropped)
        {
            return (Project(text), condition.TextPresent?.logical_not());
        }

        // The learned caption has all of its states, so the others are padded to as many.
        var padding = y_embedding.shape[0] - text.shape[1];
        var present = condition.TextPresent ?? ones([batch, text.shape[1]], ScalarType.Bool, text.device);
        return (Project(AnyTensor.where(dropped.reshape(-1, 1, 1), y_embedding, text.pad(0, 0, 0, padding))),
            (present.pad(0, padding) | dropped.unsqueeze(1)).logical_not());
    }

    private AnyTensor Project(AnyTensor states) => _second.forward(Gelu.Tanh(_first.forward(states))).Widened();
}
