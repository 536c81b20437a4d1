using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Tests.Layers.Onnx;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>Diffusion transformers as ONNX graphs, with random weights.</summary>
public sealed class LatentGraphTests
{
    private const int Levels = 1000;

    /// <summary>Separate pictures are used in training only.</summary>
    public static TheoryData<string> Names => [.. TransformerTesting.Cases().Where(item => item.Value.Condition.Images == 0).Select(item => item.Key)];

    [Theory]
    [MemberData(nameof(Names))]
    public void ONNX_graph_predicts_the_same_for_every_transformer(string name)
    {
        using var scope = NewDisposeScope();
        var (model, condition) = TransformerTesting.Cases()[name];
        var network = OnnxNetwork.Shaken(new LatentDenoiser(TransformerTesting.Create(model), null, TransformerTesting.Shape.Channels));
        var (x, level) = (OnnxNetwork.Noise(1, TransformerTesting.Clips.shape), tensor(new long[] { 3, 777 }));
        var inputs = new List<(string, Tensor)> { ("x", x), ("level", level.to(ScalarType.Float32)) };
        var absent = condition.Absent?.Eager ?? tensor(new[] { false, false });
        if (condition.Labels?.Eager is Tensor labels)
        {
            inputs.Add(("label", where(absent, tensor((long)model.NumClasses), labels)));
        }

        var (width, states) = ((int?)null, TransformerTesting.TextTokens);
        if (condition.Text?.Eager is Tensor text && condition.TextPresent?.Eager is Tensor present)
        {
            // Texts of the graph have one length; ours have the length of the longest.
            (width, states) = (TransformerTesting.TextWidth, model.Architecture == LatentNetworkKind.StDiT ? TransformerTesting.TextTokens : 4);
            inputs.Add(("text", nn.functional.pad(text, [0, 0, 0, states - text.shape[1]])));
            inputs.Add(("text_present", nn.functional.pad(present, [0, states - present.shape[1]])));
            inputs.Add(("absent", absent));
        }

        OnnxNetwork.Equal(
            network, graph => network.Write(graph, x.shape[1..], Levels, model.Conditioning == Conditioning.Class ? model.NumClasses : null, width, states), [.. inputs],
            ("prediction", network.Predict(x, level, condition)));
    }

    [Theory]
    [InlineData("dit concat")]
    [InlineData("dit cross")]
    [InlineData("latte text")]
    [InlineData("st-dit text")]
    public void ONNX_graph_of_a_transformer_with_its_own_text_encoder_reads_tokens(string name)
    {
        using var scope = NewDisposeScope();
        var (model, _) = TransformerTesting.Cases()[name];
        string[] captions = ["a red circle", "a blue square growing"];
        var tokenizer = WordTokenizer.FromCaptions(captions);
        var encoder = new LearnedTextEncoder(tokenizer, TransformerTesting.TextWidth);
        var network = OnnxNetwork.Shaken(new LatentDenoiser(TransformerTesting.Create(model), encoder, TransformerTesting.Shape.Channels));
        var (x, level) = (OnnxNetwork.Noise(1, TransformerTesting.Clips.shape), tensor(new long[] { 30, 500 }));
        var states = encoder.States([.. captions.Select(WeightedText.Literal)]);
        var tokens = stack([.. captions.Select(caption => tensor(
            tokenizer.Encode(caption).Select(id => (long)id).Concat(new long[TransformerTesting.TextTokens]).Take(TransformerTesting.TextTokens).ToArray()))]);
        var absent = tensor(new[] { false, true });
        OnnxNetwork.Equal(
            network, graph => network.Write(graph, x.shape[1..], Levels, classes: null, TransformerTesting.TextWidth, TransformerTesting.TextTokens),
            [("x", x), ("level", level.to(ScalarType.Float32)), ("tokens", tokens), ("absent", absent)],
            ("prediction", network.Predict(x, level, new NetworkCondition { Text = states.Values, TextPresent = states.Present, Absent = absent })));
    }
}
