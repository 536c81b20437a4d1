using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Tests.Compute;
using TinySora.Engine.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>
/// Every transformer compared with plain operators of PyTorch 1.13. A script that processes the examples of a batch separately, without
/// padding, filled them by <see cref="Formulas"/> and wrote these numbers; position_conv.py wrote those of "dit conv" and "dit field".
/// </summary>
public sealed class LatentNetworkTests
{
    private const double Tolerance = 1e-4;

    /// <summary>Case, parameters, Σ of the prediction, mean of its square minus one half, Σ of the gradients.</summary>
    public static readonly TheoryData<string, long, double, double, double> Computed = new()
    {
        { "latte", 15240, -8.908912, 0.4438437, 0.04289015 },
        { "latte plain", 15036, -1.817285, 0.4377828, -1.540048 },
        { "latte class", 15336, -4.990318, 0.506338, 0.131463 },
        { "latte text", 15896, -8.740536, 0.4491178, -0.2265354 },
        { "latte images", 15240, -10.64654, 0.5046111, 0.843821 },
        { "latte new", 17448, -12.59402, 2.01687, -34.21367 },
        { "tutorial", 14500, 50.24895, 1.266192, 1.513392 },
        { "tutorial images", 15036, 51.71249, 1.334392, 1.021247 },
        { "dit cross", 8664, -1.532192, 0.4029083, 2.223804 },
        { "dit cross-adaln", 14728, -2.065876, 0.4981222, 1.752508 },
        { "dit concat", 15384, -1.880759, 0.5367135, 1.775463 },
        { "dit concat tyx", 15384, -1.642853, 0.4092393, 1.547298 },
        { "dit class", 15336, -1.418587, 0.5294375, 1.78153 },
        { "dit new", 17592, -9.161419, 2.12345, 12.7415 },
        { "dit conv", 18488, -1.875204, 1.537203, 3.133677 },
        { "dit field", 39352, -9.032506, 2.117189, 13.46686 },
        { "dit cross new", 10872, -1.190852, 0.460154, 1.803458 },
        { "st-dit", 15464, -12.30423, 0.5062672, 2.174955 },
        { "st-dit scaled", 15656, -2.313178, 0.6441485, 4.002021 },
        { "st-dit class", 15560, -11.70336, 0.5511809, 0.9188809 },
        { "st-dit text", 18096, -10.7332, 0.8631873, 2.067135 },
        { "st-dit new", 20368, -12.39204, 1.637354, -13.3681 },
    };

    public static TheoryData<string> Names => [.. TransformerTesting.Cases().Keys];

    [Theory]
    [MemberData(nameof(Computed))]
    public void Transformer_matches_PyTorch(string name, long parameters, double prediction, double loss, double gradients)
    {
        using var scope = NewDisposeScope();
        var (model, condition) = TransformerTesting.Cases()[name];
        using var network = TransformerTesting.Filled(model);
        Assert.Equal(parameters, network.parameters().Sum(parameter => parameter.numel()));

        var x = TransformerTesting.Clips;
        var predicted = network.forward(x, TransformerTesting.Levels, condition);
        Assert.Equal([2, model.LearnSigma ? 6 : 3, 4, 4, 6], predicted.shape);
        Near(prediction, Formulas.Sum(predicted));
        var total = (predicted - 0.5).square().mean();
        Near(loss, total.ToDouble());
        total.backward();
        Near(gradients, Formulas.Gradients(network));
    }

    /// <summary>
    /// Variants in which the published code differs from our default (told_transformers.py): text skips the final layer of a Latte, and
    /// patches of a DiT follow the longest text in every example.
    /// </summary>
    [Theory]
    [InlineData("latte", 4, 15896, 0.02773357, 0.5487300, 0.2612726)]
    [InlineData("dit", 6, 15384, -2.038715, 0.5412011, 1.728099)]
    public void Published_text_variants_match_the_reference(string name, int columns, long parameters, double prediction, double loss, double gradients)
    {
        using var scope = NewDisposeScope();
        var (model, _) = TransformerTesting.Cases()[name == "latte" ? "latte text" : "dit concat"];
        using var network = TransformerTesting.Filled(name == "latte" ? model with { FinalText = false } : model);
        Assert.Equal(parameters, network.parameters().Sum(parameter => parameter.numel()));
        var condition = TransformerTesting.Text with
        {
            Absent = name == "latte" ? tensor(new[] { true, false }) : null, Longest = name == "dit" ? tensor(3L) : null,
        };
        var predicted = network.forward(Formulas.Clips(2, 3, 4, 4, columns), TransformerTesting.Levels, condition);
        Near(prediction, Formulas.Sum(predicted));
        var total = (predicted - 0.5).square().mean();
        Near(loss, total.ToDouble());
        total.backward();
        Near(gradients, Formulas.Gradients(network));
    }

    [Fact]
    public void Every_case_is_compared() => Assert.Equal(Names.Select(row => row.Data), Computed.Select(row => row.Data.Item1));

    [Theory]
    [MemberData(nameof(Names))]
    public void New_transformer_predicts_exactly_zero(string name)
    {
        using var scope = NewDisposeScope();
        var (model, condition) = TransformerTesting.Cases()[name];
        using var network = TransformerTesting.Create(model);
        Assert.Equal(0, network.forward(TransformerTesting.Clips, TransformerTesting.Levels, condition).abs().max().ToSingle());
    }

    /// <summary>Products are in bfloat16 (eight bits of mantissa), everything else in float32.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Bfloat16_products_stay_close_to_float32(string name)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        using var processor = new Processor(hasBFloat16: true);
        var (model, condition) = TransformerTesting.Cases()[name];
        using var network = TransformerTesting.Filled(model);
        var expected = network.forward(TransformerTesting.Clips, TransformerTesting.Levels, condition);
        using var precision = Precision.Use(true);
        var narrow = network.forward(TransformerTesting.Clips, TransformerTesting.Levels, condition);
        Assert.Equal(float32, narrow.dtype);
        Assert.InRange(((narrow - expected).norm() / expected.norm()).ToDouble(), 1e-6, 0.03);
    }

    /// <summary>Attention to text alone does not mix patches.</summary>
    [Theory]
    [InlineData("dit cross", false)]
    [InlineData("dit cross-adaln", false)]
    [InlineData("dit concat", true)]
    [InlineData("latte", true)]
    [InlineData("st-dit", true)]
    public void Patches_affect_each_other_only_through_self_attention(string name, bool sees)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var (model, condition) = TransformerTesting.Cases()[name];
        using var network = TransformerTesting.Filled(model);
        var x = TransformerTesting.Clips;
        var other = x.clone();
        other[TensorIndex.Colon, TensorIndex.Colon, 0, TensorIndex.Slice(0, 2), TensorIndex.Slice(0, 2)].add_(1);
        var change = (network.forward(x, TransformerTesting.Levels, condition) - network.forward(other, TransformerTesting.Levels, condition)).abs();
        Assert.NotEqual(0, change[TensorIndex.Colon, TensorIndex.Colon, 0, TensorIndex.Slice(0, 2), TensorIndex.Slice(0, 2)].max().ToSingle());
        Assert.Equal(sees, change[TensorIndex.Colon, TensorIndex.Colon, 0, TensorIndex.Slice(0, 2), TensorIndex.Slice(2, 6)].max().ToSingle() > 0);
    }

    /// <summary>The second of two clips is smaller in every dimension; neither its neighbour in the batch nor tokens after its text may affect it.</summary>
    [Theory]
    [InlineData("latte")]
    [InlineData("latte text")]
    [InlineData("latte new")]
    [InlineData("dit cross")]
    [InlineData("dit concat")]
    [InlineData("dit concat tyx")]
    [InlineData("dit new")]
    [InlineData("dit conv")]
    [InlineData("st-dit text")]
    [InlineData("st-dit new")]
    public void Padding_does_not_affect_results(string name)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var (model, _) = TransformerTesting.Cases()[name];
        using var network = TransformerTesting.Filled(model);
        var text = model.Conditioning == Conditioning.Text ? TransformerTesting.Text : NetworkCondition.None;
        var x = TransformerTesting.Clips;
        x[1, TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Slice(2, 4)] = full([], 1e6);
        var batch = network.forward(x, TransformerTesting.Levels, text with { Sizes = [(4, 4, 6), (2, 2, 4)] });

        var alone = x.narrow(0, 1, 1).narrow(2, 0, 2).narrow(3, 0, 2).narrow(4, 0, 4);
        var words = text.Text is null ? text : new NetworkCondition { Text = text.Text.narrow(0, 1, 1).narrow(1, 0, 2) };
        var expected = network.forward(alone, TransformerTesting.Levels.narrow(0, 1, 1), words);
        var valid = batch.narrow(0, 1, 1).narrow(2, 0, 2).narrow(3, 0, 2).narrow(4, 0, 4);
        Assert.True(valid.allclose(expected, 1e-5, 1e-5), $"off by {(valid - expected).abs().max().ToSingle()}");
    }

    [Fact]
    public void Spatial_text_conditioning_requires_clips_of_one_size()
    {
        using var scope = NewDisposeScope();
        var (model, condition) = TransformerTesting.Cases()["dit field"];
        using var network = TransformerTesting.Filled(model);
        var padded = condition with { Sizes = [(4, 4, 6), (2, 2, 4)] };
        Assert.Equal("TinySora.Model.SeveralSizes", Assert.Throws<TinySoraException>(
            () => network.forward(TransformerTesting.Clips, TransformerTesting.Levels, padded)).Id);
    }

    /// <summary>Neither temporal positions nor the other frames reach separate pictures, and these do not affect the frames.</summary>
    [Theory]
    [InlineData("latte images")]
    [InlineData("tutorial images")]
    public void Separate_pictures_skip_temporal_layers(string name)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var (model, condition) = TransformerTesting.Cases()[name];
        using var network = TransformerTesting.Filled(model);
        var (x, t) = (TransformerTesting.Clips, TransformerTesting.Levels);
        var frames = 4 - condition.Images;
        var together = network.forward(x, t, condition);
        Assert.True(together.narrow(2, 0, frames).allclose(network.forward(x.narrow(2, 0, frames), t, NetworkCondition.None), 1e-5, 1e-6));
        var picture = network.forward(x.narrow(2, frames, 1), t, NetworkCondition.None with { Images = 1 });
        Assert.True(together.narrow(2, frames, 1).allclose(picture, 1e-5, 1e-6));
        Assert.False(picture.allclose(network.forward(x.narrow(2, frames, 1), t, NetworkCondition.None), 1e-3, 1e-3));
    }

    /// <summary>Position tables are computed for each input, so the same weights accept clips of other lengths and sizes.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Weights_accept_other_lengths_and_sizes(string name)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var (model, condition) = TransformerTesting.Cases()[name];
        using var network = TransformerTesting.Filled(model);
        var predicted = network.forward(Formulas.Clips(2, 3, 6, 8, 2), TransformerTesting.Levels, condition);
        Assert.Equal([2, model.LearnSigma ? 6 : 3, 6, 8, 2], predicted.shape);
        Assert.True(predicted.isfinite().all().ToBoolean());
    }

    [Fact]
    public void Text_model_without_text_treats_all_texts_as_absent()
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        foreach (var name in new[] { "latte text", "st-dit text" })
        {
            using var network = TransformerTesting.Filled(TransformerTesting.Cases()[name].Model);
            var absent = TransformerTesting.Text with { Absent = tensor(new[] { true, true }) };
            var expected = network.forward(TransformerTesting.Clips, TransformerTesting.Levels, absent);
            Assert.True(network.forward(TransformerTesting.Clips, TransformerTesting.Levels, NetworkCondition.None).allclose(expected, 1e-5, 1e-5));
        }
    }

    [Fact]
    public void Shape_that_patches_do_not_divide_is_refused()
    {
        using var scope = NewDisposeScope();
        using var network = TransformerTesting.Filled(TransformerTesting.Small(LatentNetworkKind.StDiT) with { PatchFrames = 2 });
        foreach (var shape in new long[][] { [2, 3, 3, 4, 6], [2, 3, 4, 5, 6], [2, 3, 4, 4, 7], [2, 4, 4, 4, 6], [3, 4, 4, 6] })
        {
            Media.Clips.Fails("TinySora.Model.LatentShape", () => network.forward(zeros(shape), TransformerTesting.Levels, NetworkCondition.None));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Recomputed_blocks_give_the_same_loss_and_gradients(string name)
    {
        using var scope = NewDisposeScope();
        var (model, condition) = TransformerTesting.Cases()[name];
        var (loss, gradients) = Step(model);
        var (again, same) = Step(model with { GradCheckpoint = true });
        Assert.Equal(loss, again);
        Assert.Equal(gradients.Count, same.Count);
        Assert.All(gradients, item => Assert.True(item.Value.allclose(same[item.Key], 1e-5, 1e-7), item.Key));

        (float Loss, Dictionary<string, Tensor> Gradients) Step(TransformerConfig config)
        {
            using var network = TransformerTesting.Filled(config);
            using var parameters = new FlatParameters(network);

            // The first step finds out where kernels write gradients, and the second step uses that.
            var total = zeros([]);
            for (var i = 0; i < 2; i++)
            {
                total = network.forward(TransformerTesting.Clips, TransformerTesting.Levels, condition).square().mean();
                parameters.Backward(total);
            }

            return (total.ToSingle(), parameters.Views(parameters.Gradients).ToDictionary(item => item.Name, item => item.View.clone()));
        }
    }

    [Fact]
    public void Recomputed_blocks_are_not_kept_in_memory()
    {
        Needs.Growth();
        using var scope = NewDisposeScope();
        var model = TransformerTesting.Small(LatentNetworkKind.Latte) with { Depth = 8, HiddenSize = 128 };
        var all = Enumerable.Range(0, 3).Select(_ => Growth(model)).ToArray();
        var (remembered, most) = (all.Max(grown => grown.Forward), all.Max(grown => grown.Step));

        // Other tests' leftovers allocate memory meanwhile, and free some, so the measurements are repeated until one is low enough.
        var (forward, step) = (long.MaxValue, long.MaxValue);
        for (var i = 0; i < 10 && (forward > remembered / 2 || step > most * 4 / 5); i++)
        {
            var grown = Growth(model with { GradCheckpoint = true });
            (forward, step) = (Math.Min(forward, grown.Forward), Math.Min(step, grown.Step));
        }

        Assert.True(forward <= remembered / 2, $"{forward} instead of {remembered}");
        Assert.True(step <= most * 4 / 5, $"{step} instead of {most}"); // one block at a time, with its gradients

        (long Forward, long Step) Growth(TransformerConfig config)
        {
            using var network = TransformerTesting.Filled(config);
            using var step = NewDisposeScope();
            var loss = zeros([]);
            var forward = MemoryUse.MeasureGrowth(() =>
                loss = network.forward(Formulas.Clips(2, 3, 8, 16, 16), full([2], 5, float32), NetworkCondition.None).square().mean());
            return (forward, forward + MemoryUse.MeasureGrowth(() => KernelOperation.RunBackward(() => loss.backward())));
        }
    }

    private static void Near(double expected, double actual) => Assert.Equal(expected, actual, Tolerance * Math.Max(1, Math.Abs(expected)));
}
