using TinySora.Engine.Families.TokenModel.Networks;
using TinySora.Engine.Tests.Layers.Onnx;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.TokenModel;

/// <summary>Token networks as ONNX graphs, with random weights.</summary>
public sealed class TokenGraphTests
{
    public static TheoryData<string> Names => [.. TokenTesting.Cases().Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void ONNX_graph_has_the_same_logits_for_every_network(string name)
    {
        using var scope = NewDisposeScope();
        var (config, input) = TokenTesting.Cases()[name];
        int? textWidth = input.Text is null ? null : 5;
        var model = OnnxNetwork.Shaken(new TextToTokens(TokenTesting.Create(config), null, textWidth, TokenTesting.Width));
        var rows = input.Tokens.shape[0];
        var inputs = new List<(string, Tensor)> { ("sequence", (Tensor)input.Tokens) };
        if (input.Context?.Eager is Tensor context)
        {
            // A graph receives positions whenever it has a context.
            input = input with { Positions = input.Positions ?? Places(config.Use1dPosEmb, (Tensor)input.Tokens) };
            input = input with { ContextPositions = input.ContextPositions ?? Places(config.Use1dPosEmb, context) };
            inputs.AddRange(
            [
                ("context", context), ("positions", OfEach((Tensor)input.Positions!, rows)), ("context_positions", OfEach((Tensor)input.ContextPositions!, rows)),
            ]);
        }

        if (textWidth is int width)
        {
            var (vectors, absent) = (OnnxNetwork.Noise(3, rows, width), arange(rows).eq(1));
            inputs.AddRange([("vector", vectors), ("absent", absent)]);
            input = input with { Text = model.EncodeText(new Condition(vectors, absent)) };
        }

        OnnxNetwork.Equal(
            model, graph => model.Write(
                graph, ((int)input.Tokens.shape[1], (int)(input.Context?.shape[1] ?? 0)), config.Use1dPosEmb ? 1 : 3, textWidth),
            [.. inputs], ("logits", model.Network.Logits(model.Network.forward(input))));
    }

    [Fact]
    public void ONNX_graph_with_its_own_text_encoder_reads_tokens_of_text()
    {
        using var scope = NewDisposeScope();
        var (config, input) = TokenTesting.Cases()["nanogpt"];
        string[] captions = ["a red circle", ""];
        var tokenizer = WordTokenizer.FromCaptions(captions);
        var encoder = new LearnedTextEncoder(tokenizer, 12);
        var model = OnnxNetwork.Shaken(new TextToTokens(TokenTesting.Create(config), encoder, 12, TokenTesting.Width));
        var words = stack([.. captions.Select(caption => OnnxNetwork.Padded(tokenizer.Encode(caption)))]);
        var text = model.EncodeText(new Condition(encoder.Encode([.. captions.Select(WeightedText.Literal)]), tensor(new[] { false, true })));
        OnnxNetwork.Equal(
            model, graph => model.Write(graph, ((int)input.Tokens.shape[1], 0), 1, 12), [("sequence", (Tensor)input.Tokens), ("tokens", words)],
            ("logits", model.Network.Logits(model.Network.forward(input with { Text = text }))));
    }

    private static Tensor Places(bool areNumbered, Tensor tokens)
    {
        var numbers = arange(tokens.shape[1], ScalarType.Int64).unsqueeze(0);
        return areNumbered ? numbers : TokenTesting.Shape.Positions(numbers);
    }

    private static Tensor OfEach(Tensor positions, long rows) => positions.expand([rows, .. Enumerable.Repeat(-1L, positions.shape.Length - 1)]).contiguous();
}
