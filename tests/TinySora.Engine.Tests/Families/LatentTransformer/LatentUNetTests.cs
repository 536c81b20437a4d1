using TinySora.Engine.Compute;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Tests.Layers.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>The U-Net over latents: its conditioning and the inputs it refuses. UNet3DTests and UNetGraphTests compare its results.</summary>
public sealed class LatentUNetTests
{
    private static Tensor Clips => TransformerTesting.Clips;

    private static Tensor Levels => tensor(new long[] { 3, 700 });

    [Fact]
    public void Text_condition_is_the_mean_of_tokens_without_padding()
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var network = Create(Conditioning.Text);
        var (text, present) = (TransformerTesting.Text.Text!, TransformerTesting.Text.TextPresent!);
        var both = network.forward(Clips, Levels, TransformerTesting.Text);

        var changed = where((Tensor)present.unsqueeze(-1), (Tensor)text, 1000);
        Assert.True(both.allclose(network.forward(Clips, Levels, TransformerTesting.Text with { Text = changed })));

        // The second text has two tokens: the condition is their mean alone.
        var mean = text.Eager![1].narrow(0, 0, 2).mean([0]).view(1, 1, -1);
        var alone = network.forward(Clips.narrow(0, 1, 1), Levels.narrow(0, 1, 1), new() { Text = mean, TextPresent = ones([1, 1], ScalarType.Bool) });
        Assert.True(both.narrow(0, 1, 1).allclose(alone, 1e-4, 1e-5));
        Assert.False(both.narrow(0, 0, 1).allclose(network.forward(Clips.narrow(0, 0, 1), Levels.narrow(0, 0, 1), new() { Text = mean }), 1e-4, 1e-5));
    }

    [Fact]
    public void Text_attention_starts_as_the_identity_and_ignores_padding()
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var (with, without) = (Create(Conditioning.Text, textAttention: true), Create(Conditioning.Text));
        var weights = with.state_dict();
        foreach (var (name, value) in without.state_dict())
        {
            weights[name].copy_(value);
        }

        var attended = with.named_modules().Where(item => item.module is TextAttention).ToList();
        Assert.Equal(5, attended.Count);
        attended.ForEach(item => item.module.state_dict()["to_out.weight"].zero_());
        Assert.True(without.forward(Clips, Levels, TransformerTesting.Text).allclose(with.forward(Clips, Levels, TransformerTesting.Text), 1e-5, 1e-6));

        // The mean of two tokens stays the same if they change places, but what a position attends to does not.
        attended.ForEach(item => OnnxNetwork.Shaken(item.module));
        var both = with.forward(Clips, Levels, TransformerTesting.Text);
        Assert.False(without.forward(Clips, Levels, TransformerTesting.Text).allclose(both, 1e-2, 1e-2));
        var (text, present) = ((Tensor)TransformerTesting.Text.Text!, (Tensor)TransformerTesting.Text.TextPresent!);
        Assert.True(both.allclose(with.forward(Clips, Levels, TransformerTesting.Text with { Text = where(present.unsqueeze(-1), text, 1000) })));
        var apart = text.clone();
        apart[1, 0].add_(1);
        apart[1, 1].sub_(1);
        var changed = TransformerTesting.Text with { Text = apart };
        Assert.True(without.forward(Clips, Levels, changed).allclose(without.forward(Clips, Levels, TransformerTesting.Text), 1e-4, 1e-5));
        Assert.False(both[1].allclose(with.forward(Clips, Levels, changed)[1], 1e-3, 1e-3));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Token_with_weight_two_counts_like_two_tokens(bool textAttention)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var network = Create(Conditioning.Text, textAttention);
        var text = (Tensor)TransformerTesting.Text.Text!.narrow(1, 0, 2);
        var twice = new NetworkCondition { Text = cat([text, text.narrow(1, 1, 1)], 1), TextPresent = ones([2, 3], ScalarType.Bool) };
        var weighted = new NetworkCondition { Text = text, TextPresent = ones([2, 2], ScalarType.Bool), TextWeights = tensor(new[] { 1f, 2, 1, 2 }, [2, 2]) };
        Assert.True(network.forward(Clips, Levels, twice).allclose(network.forward(Clips, Levels, weighted), 1e-4, 1e-5));
        Assert.False(network.forward(Clips, Levels, twice).allclose(network.forward(Clips, Levels, weighted with { TextWeights = null }), 1e-4, 1e-5));
    }

    [Theory]
    [InlineData(Conditioning.Text)]
    [InlineData(Conditioning.Text, true)]
    [InlineData(Conditioning.Class)]
    public void Absent_condition_equals_no_condition(Conditioning conditioning, bool textAttention = false)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var network = Create(conditioning, textAttention);
        var condition = conditioning == Conditioning.Text ? TransformerTesting.Text : TransformerTesting.Labels;
        var none = network.forward(Clips, Levels, NetworkCondition.None);
        var first = network.forward(Clips, Levels, condition with { Absent = tensor(new[] { true, false }) });
        Assert.True(first[0].allclose(none[0], 1e-4, 1e-5));
        Assert.False(first[1].allclose(none[1], 1e-4, 1e-5));
    }

    [Theory]
    [InlineData(Conditioning.None, 1, 1)]
    [InlineData(Conditioning.Text, 2, 1)]
    [InlineData(Conditioning.Class, 1.5, 1)]
    [InlineData(Conditioning.None, 1, 2)]
    [InlineData(Conditioning.Text, 2, 2)]
    [InlineData(Conditioning.Class, 1.5, 2)]
    [InlineData(Conditioning.None, 1, 3)]
    [InlineData(Conditioning.Text, 2, 3)]
    [InlineData(Conditioning.Class, 1.5, 3)]
    [InlineData(Conditioning.Text, 2, 3, 900)]
    [InlineData(Conditioning.Text, 2, 1, 900, true)]
    [InlineData(Conditioning.Text, 2, 3, null, true)]
    public void Recorded_predictions_equal_eager_ones(Conditioning conditioning, double scale, int threads, int? below = null, bool textAttention = false)
    {
        using var ownThreads = TransformerTesting.UseThreads(threads);
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var model = OnnxNetwork.Shaken(new LatentDenoiser(Create(conditioning, textAttention), null, TransformerTesting.Shape.Channels));
        var absent = zeros([2], ScalarType.Bool);
        var condition = conditioning switch
        {
            Conditioning.Text => TransformerTesting.Text with { Absent = absent },
            Conditioning.Class => TransformerTesting.Labels with { Absent = absent },
            _ => NetworkCondition.None,
        };
        using var predictor = model.Prepare(Clips.shape, condition, null, scale, below: below);
        Assert.Null(predictor.Problem);
        Assert.True(predictor.Calls > 0);
        foreach (var t in new[] { 900, 3 })
        {
            var x = OnnxNetwork.Noise(t, Clips.shape);
            var expected = model.PredictGuided(x, full([2], t, ScalarType.Int64), condition, null, scale, below: below);
            OnnxNetwork.Near(expected, predictor.Predict(x, t), "prediction", 1e-5 * expected.abs().max().ToDouble());
        }
    }

    [Fact]
    public void Guidance_applies_below_a_timestep()
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var model = OnnxNetwork.Shaken(new LatentDenoiser(Create(Conditioning.Text), null, TransformerTesting.Shape.Channels));
        var condition = TransformerTesting.Text with { Absent = zeros([2], ScalarType.Bool) };
        var (unguided, guided) = (model.Predict(Clips, Levels, condition), model.PredictGuided(Clips, Levels, condition, null, 3));
        var partly = model.PredictGuided(Clips, Levels, condition, null, 3, below: 700);
        Assert.True(partly[0].allclose(guided[0], 1e-4, 1e-5));
        Assert.True(partly[1].allclose(unguided[1], 1e-4, 1e-5));
        Assert.False(guided[1].allclose(unguided[1], 1e-2, 1e-2));
    }

    [Fact]
    public void Predictions_in_bfloat16_and_of_transformers_are_not_recorded()
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var unet = new LatentDenoiser(Create(Conditioning.None), null, TransformerTesting.Shape.Channels);
        using (Precision.Use(true))
        {
            using var narrow = unet.Prepare(Clips.shape, NetworkCondition.None, null, 1);
            Assert.Contains("bfloat16", narrow.Problem!, StringComparison.Ordinal);
        }

        var config = new TransformerConfig
        {
            Architecture = LatentNetworkKind.DiT, Conditioning = Conditioning.None, Depth = 1, HiddenSize = 16, NumHeads = 1, PatchSize = 2,
        };
        var transformer = LatentNetworks.Create(config, TransformerTesting.Shape);
        var denoiser = new LatentDenoiser(transformer, null, TransformerTesting.Shape.Channels);
        using var predictor = denoiser.Prepare(Clips.shape, NetworkCondition.None, null, 1);
        Assert.Contains("cannot be recorded", predictor.Problem!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Conditioning.None)]
    [InlineData(Conditioning.Text)]
    [InlineData(Conditioning.Text, true)]
    [InlineData(Conditioning.Class)]
    public void ONNX_graph_predicts_the_same(Conditioning conditioning, bool textAttention = false)
    {
        using var scope = NewDisposeScope();
        var network = OnnxNetwork.Shaken(new LatentDenoiser(Create(conditioning, textAttention), null, TransformerTesting.Shape.Channels));
        var x = OnnxNetwork.Noise(1, Clips.shape);
        var absent = tensor(new[] { true, false });
        var inputs = new List<(string, Tensor)> { ("x", x), ("level", Levels.to(ScalarType.Float32)) };
        var condition = NetworkCondition.None;
        if (conditioning == Conditioning.Text)
        {
            condition = TransformerTesting.Text with { Absent = absent };
            inputs.AddRange([("text", (Tensor)condition.Text!), ("text_present", (Tensor)condition.TextPresent!), ("absent", absent)]);
        }
        else if (conditioning == Conditioning.Class)
        {
            condition = TransformerTesting.Labels with { Absent = absent };
            inputs.Add(("label", where(absent, tensor((long)Model(conditioning).NumClasses), (Tensor)condition.Labels!)));
        }

        int? width = conditioning == Conditioning.Text ? TransformerTesting.TextWidth : null;
        OnnxNetwork.Equal(
            network, graph => network.Write(graph, x.shape[1..], 1000, conditioning == Conditioning.Class ? Model(conditioning).NumClasses : null, width, 3), [.. inputs],
            ("prediction", network.Predict(x, Levels, condition)));
    }

    [Fact]
    public void Clips_of_several_sizes_and_odd_sizes_are_refused()
    {
        using var scope = NewDisposeScope();
        var network = Create(Conditioning.None);
        var padded = new NetworkCondition { Sizes = [(4, 4, 6), (2, 2, 2)] };
        Assert.Equal("TinySora.Model.SeveralSizes", Assert.Throws<TinySoraException>(() => network.forward(Clips, Levels, padded)).Id);
        Assert.Equal("TinySora.Model.LatentShape", Assert.Throws<TinySoraException>(
            () => network.forward(Clips.narrow(4, 0, 5), Levels, NetworkCondition.None)).Id);
    }

    private static TransformerConfig Model(Conditioning conditioning) =>
        new() { Architecture = LatentNetworkKind.UNet, Conditioning = conditioning, NumClasses = 5 };

    private static LatentNetwork Create(Conditioning conditioning, bool textAttention = false)
    {
        var network = LatentNetworks.Create(
            Model(conditioning), TransformerTesting.Shape, TransformerTesting.TextWidth,
            unet: new UNetConfig { Dim = 8, DimMults = [1, 2], TextAttention = textAttention });
        Formulas.Fill(network);
        return network;
    }
}
