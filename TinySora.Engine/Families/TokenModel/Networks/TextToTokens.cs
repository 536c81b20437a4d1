using TinySora.Engine.Layers;
using TinySora.Engine.Layers.Onnx;
using TinySora.Engine.Text;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>
/// Module with all parameters of a checkpoint: <c>network.*</c> and, if the model uses text, <c>text.*</c>, <c>text_projection.*</c> and <c>null_text</c>.
/// </summary>
internal sealed class TextToTokens : nn.Module
{
    public const string NetworkName = nameof(network);

    private readonly TokenNetwork network;
    private readonly LearnedTextEncoder? text;
    private readonly Linear? text_projection;
    private readonly Parameter? null_text;

    /// <param name="encoder">Text encoder that is trained with the model; <c>null</c> if there is none.</param>
    /// <param name="textWidth">Width of text vectors; <c>null</c> without text.</param>
    /// <param name="width">Width of a token.</param>
    public TextToTokens(TokenNetwork network, LearnedTextEncoder? encoder, int? textWidth, int width)
        : base(nameof(TextToTokens))
    {
        (this.network, text) = (network, encoder);
        if (textWidth is int inputs)
        {
            text_projection = new Linear(inputs, width).Normal(TokenNetwork.Deviation); // same scale as tokens and positions
            null_text = WeightInitialization.Normal(TokenNetwork.Deviation, width);
        }

        RegisterComponents();
    }

    public TokenNetwork Network => network;

    /// <returns>(B, hidden) float32; <c>null</c> if the model does not use text.</returns>
    public Tensor? EncodeText(Condition condition) => text_projection is null ? null
        : (Tensor)ProjectText(condition.Vectors!, condition.Absent);

    private AnyTensor ProjectText(AnyTensor vectors, AnyTensor absent) =>
        AnyTensor.where(absent.unsqueeze(1), null_text!, text_projection!.forward(vectors).ToFloat32());

    /// <summary>
    /// Writes a graph of the network and of a trained text encoder. The graph maps tokens to the logits of the next token or of the masked tokens.
    /// </summary>
    /// <param name="lengths">Number of input tokens, and number of context tokens, which is 0 if there is no context.</param>
    /// <param name="axes">Number of position axes, if positions are inputs of the graph: 1 or 3.</param>
    /// <param name="textWidth">Width of text vectors; <c>null</c> without text.</param>
    public void Write(OnnxGraph graph, (int Tokens, int Context) lengths, int axes, int? textWidth)
    {
        (AnyTensor Tokens, AnyTensor? Positions) Given(string name, string positions, int count) => (
            graph.Input(name, OnnxType.Int64, OnnxGraph.Batch, count),
            lengths.Context == 0 ? null : graph.Input(positions, OnnxType.Int64, [OnnxGraph.Batch, count, .. axes == 1 ? [] : new long[] { axes }]));

        var given = Given("sequence", "positions", lengths.Tokens);
        var input = new TokenInput(given.Tokens) { Positions = given.Positions };
        if (lengths.Context > 0)
        {
            var context = Given("context", "context_positions", lengths.Context);
            input = input with { Context = context.Tokens, ContextPositions = context.Positions };
        }

        if (text_projection is not null && textWidth is int width)
        {
            var (vectors, absent) = text?.Write(graph.Input("tokens", OnnxType.Int64, OnnxGraph.Batch, WordTokenizer.MaxLength))
                ?? (graph.Input("vector", OnnxType.Float32, OnnxGraph.Batch, width), graph.Input("absent", OnnxType.Bool, OnnxGraph.Batch));
            input = input with { Text = ProjectText(vectors, absent) };
        }

        graph.Output("logits", network.Logits(network.Features(input)));
    }
}
