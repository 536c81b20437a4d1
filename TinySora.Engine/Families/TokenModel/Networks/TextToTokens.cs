using TinySora.Engine.Layers;
using TinySora.Engine.Text;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>
/// Everything that a checkpoint keeps: parameters <c>network.*</c>, and where it takes text <c>text.*</c>, <c>text_projection.*</c> and <c>null_text</c>.
/// </summary>
internal sealed class TextToTokens : nn.Module
{
    public const string NetworkName = nameof(network);

    private readonly TokenNetwork network;
    private readonly LearnedTextEncoder? text;
    private readonly Linear? text_projection;
    private readonly Parameter? null_text;

    /// <param name="encoder">Given where the text encoder is trained as well.</param>
    /// <param name="textWidth">Of the vectors of texts; null: the model takes none.</param>
    /// <param name="width">Of a token.</param>
    public TextToTokens(TokenNetwork network, LearnedTextEncoder? encoder, int? textWidth, int width)
        : base(nameof(TextToTokens))
    {
        (this.network, text) = (network, encoder);
        if (textWidth is int inputs)
        {
            text_projection = new Linear(inputs, width).Normal(TokenNetwork.Deviation); // tokens and positions are no larger
            null_text = Initial.Normal(TokenNetwork.Deviation, width);
        }

        RegisterComponents();
    }

    public TokenNetwork Network => network;

    /// <summary>The vectors that texts add to each token.</summary>
    /// <returns>(B, hidden) float32; null: the model takes no text.</returns>
    public Tensor? Of(Condition condition) => text_projection is null ? null
        : where(condition.Absent.unsqueeze(1), null_text!, Compute.Precision.Widen(text_projection.forward(condition.Vectors!)));
}
