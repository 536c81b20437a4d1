using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Text;

public sealed class LearnedTextEncoderTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly IDisposable grad = no_grad();
    private readonly LearnedTextEncoder encoder =
        new(WordTokenizer.FromCaptions(["a red circle moving left", "a blue square growing"]), width: 16);

    public void Dispose()
    {
        encoder.Dispose();
        grad.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void Longer_caption_in_the_batch_does_not_change_another()
    {
        UNetGolden.SetWeights(encoder); // also the branches initialized with zero
        var alone = Encode("a red circle");
        var beside = encoder.Encode([.. new[] { "a blue square growing moving left", "a red circle", null }.Select(WeightedText.Literal)]);
        Assert.Equal([3, 16], beside.shape);
        Assert.True(beside.narrow(0, 1, 1).allclose(alone, 1e-5, 1e-6));
        Assert.True(beside.isfinite().all().ToBoolean());
    }

    [Fact]
    public void Untrained_encoder_is_a_bag_of_distinct_words()
    {
        encoder.get_parameter("positions")!.zero_();
        var (one, other, third) = (Encode("red circle left"), Encode("left red circle"), Encode("blue circle left"));
        Assert.True(one.allclose(other, 1e-5, 1e-5));
        Assert.False(one.allclose(third, 1e-1, 1e-1));
    }

    [Fact]
    public void Trained_encoder_depends_on_the_order_of_words()
    {
        UNetGolden.SetWeights(encoder);
        Assert.False(Encode("red circle left").allclose(Encode("left red circle"), 1e-3, 1e-4));
    }

    [Fact]
    public void Prompt_weights_give_a_weighted_bag_of_words()
    {
        encoder.get_parameter("positions")!.zero_();
        Assert.True(Prompt("a (red:2) circle").allclose(Encode("a red red circle"), 1e-5, 1e-5));
        Assert.True(Prompt("(a:0) red (circle:0)").allclose(Encode("red"), 1e-5, 1e-5));
        Assert.True(Prompt("(a red circle:0.25)").allclose(Encode("a red circle"), 1e-4, 1e-4));
        Assert.Equal(Encode("a red circle").data<float>().ToArray(), Prompt("a (r:1)ed (circle:1.0)").data<float>().ToArray());
        Assert.True(Prompt("(red:0)").isfinite().all().ToBoolean());
    }

    [Fact]
    public void States_depend_on_their_text_alone_and_ignore_weights()
    {
        UNetGolden.SetWeights(encoder);
        var alone = encoder.States([WeightedText.Literal("a red circle")]);
        Assert.Equal([1, 3, 16], alone.Values.shape);
        var beside = encoder.States([WeightedText.Literal("a blue square growing moving left"), WeightedText.Literal("a red circle")]);
        Assert.True(beside.Unpad()[1].allclose(alone.Values[0], 1e-5, 1e-6));
    }

    [Fact]
    public void States_have_the_weights_of_the_words()
    {
        var weighted = encoder.States([WeightedText.Parse("a (red:2) circle"), WeightedText.Literal("a circle")]);
        Assert.Equal([1, 2, 1, 1, 1, 0], weighted.Weights!.data<float>().ToArray());
        var plain = encoder.States([WeightedText.Literal("a red circle")]);
        Assert.Null(plain.Weights);
        Assert.True(plain.Values[0].allclose(weighted.Values[0]));
        Assert.Equal([1, 1, 1, 1, 2, 1, 1, 1, 0], TextStates.Join(plain, weighted).Weights!.data<float>().ToArray());
    }

    private Tensor Encode(string text) => encoder.Encode([WeightedText.Literal(text)]);

    private Tensor Prompt(string prompt) => encoder.Encode([WeightedText.Parse(prompt)]);
}
