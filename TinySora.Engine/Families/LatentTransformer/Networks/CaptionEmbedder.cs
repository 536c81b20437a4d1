using TinySora.Engine.Compute;
using TinySora.Engine.Interop.Onnx;
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
    public (Tensor States, Tensor? Absent) forward(NetworkCondition condition, long batch)
    {
        var tokens = y_embedding.shape[0];
        if (condition.Text is not Tensor text)
        {
            return (Project(y_embedding.unsqueeze(0)).expand(batch, -1, -1), null);
        }

        var missing = condition.TextPresent?.logical_not();
        if (condition.Absent is Tensor dropped)
        {
            // The learned caption has all of its states, so the others are padded to as many.
            var padding = tokens - text.shape[1];
            missing = nn.functional.pad(missing ?? zeros([batch, text.shape[1]], ScalarType.Bool, text.device), [0, padding], value: 1)
                & dropped.logical_not().unsqueeze(1);
            text = where(dropped.view(-1, 1, 1), y_embedding, nn.functional.pad(text, [0, 0, 0, padding]));
        }

        return (Project(text), missing);
    }

    private Tensor Project(Tensor states) => Precision.Widen(_second.forward(Gelu.Tanh(_first.forward(states))));

    /// <inheritdoc cref="forward(NetworkCondition, long)"/>
    public (OnnxTensor States, OnnxTensor Absent) forward(GraphCondition condition)
    {
        var (text, present, dropped) = (condition.Text!, condition.TextPresent!, condition.Absent!);
        var padding = y_embedding.shape[0] - text.Shape[1];
        var missing = present.Pad(0, 0, 0, padding).Each("Not").And(dropped.Each("Not").Unsqueeze(1));
        var states = dropped.Unsqueeze(1).Unsqueeze(2).Where(text.Graph.Weight(y_embedding), text.Pad(0, 0, 0, 0, padding, 0));
        return (_second.forward(_first.forward(states).GeluTanh()), missing);
    }
}
