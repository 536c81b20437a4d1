using TinySora.Engine.Compute;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Families.TokenModel.Networks;
using TinySora.Engine.Tests.Compute;
using TinySora.Engine.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.TokenModel;

/// <summary>
/// Every token network compared with plain operators of PyTorch 1.13, which process Mamba's tokens sequentially. A script filled
/// them by <see cref="Formulas"/> and wrote these numbers.
/// </summary>
public sealed class TokenNetworkTests
{
    private const double Tolerance = 1e-4;

    /// <summary>Case, parameters, Σ of the logits, cross entropy, Σ and norm of all gradients, one gradient.</summary>
    public static readonly TheoryData<string, long, double, double, double, double, double> Computed = new()
    {
        { "nanogpt", 7296, -1.219196, 2.828329, 0.7289011, 4.898209, -0.01819308 },
        { "nanogpt without biases", 6928, -3.428482, 3.333162, 4.705173, 11.06726, -0.01525081 },
        { "nanogpt with text", 7296, -2.384343, 2.79155, 0.4849726, 2.911939, -0.0001931708 },
        { "mdgpt", 9408, 0.1756797, 3.016316, 0.5137699, 7.013367, -0.02949794 },
        { "mdgpt in order", 9408, 0.07143585, 2.956326, 2.089442, 6.173866, -0.02434006 },
        { "mdgpt numbered", 9648, -0.3884988, 3.07041, 1.117009, 10.74544, -0.01520616 },
        { "mdgpt without context", 9648, -1.157842, 3.113594, 0.7343014, 6.743923, -0.01478731 },
        { "mamba", 7024, -2.407498, 3.271895, 1.709009, 4.247883, -0.06229012 },
        { "mamba with text", 7024, -0.5062353, 3.138348, 0.2260202, 1.109447, 0.06088792 },
        { "nanogpt-mamba", 7552, -2.589731, 3.028655, 1.336979, 4.555448, 0.02819976 },
        { "masked", 6896, 1.045674, 2.664301, 0.6787767, 5.14715, -0.01937934 },
        { "masked conv", 7792, 2.099347, 2.645679, 0.8154888, 4.996721, -0.01147942 },
    };

    public static TheoryData<string> Names => [.. TokenTesting.Cases().Keys];

    public static TheoryData<string> Causal => [.. TokenTesting.Cases().Keys.Where(name => !name.StartsWith("masked"))];

    [Theory]
    [MemberData(nameof(Computed))]
    public void Network_matches_PyTorch(
        string name, long parameters, double logits, double loss, double gradients, double norm, double gradient)
    {
        using var scope = NewDisposeScope();
        var (config, input) = TokenTesting.Cases()[name];
        using var network = TokenTesting.Filled(config);
        Assert.Equal(parameters, network.parameters().Sum(parameter => parameter.numel()));

        var features = network.forward(input);
        Assert.Equal([TokenTesting.Rows, input.Tokens.shape[1], TokenTesting.Width], features.shape);
        var predicted = network.Logits(features);
        Near(logits, Formulas.Sum(predicted));
        var targets = TokenTesting.Ids((int)input.Tokens.Eager!.numel(), 5, 2, TokenTesting.Vocabulary(config));
        var total = nn.functional.cross_entropy(predicted.flatten(0, 1), targets);
        Near(loss, total.ToDouble());
        total.backward();
        Near(gradients, Formulas.Gradients(network));
        Near(norm, Math.Sqrt(network.parameters().Sum(parameter => parameter.grad?.square().sum().ToDouble() ?? 0)));
        var table = network.named_parameters().Single(item => item.name is "transformer.wte.weight" or "backbone.embedding.weight").parameter;
        Near(gradient, table.grad![3, 5].ToDouble());
    }

    [Fact]
    public void Every_case_is_compared() => Assert.Equal(Names.Select(row => row.Data), Computed.Select(row => row.Data.Item1));

    /// <summary>With 5120 codes there are 5121 tokens including the start token; Mamba pads them to 5128, as it does for 5119 to 5126 codes.</summary>
    [Theory]
    [InlineData("NanoGpt", 8, 768, 61_030_656)]
    [InlineData("Mamba", 32, 1280, 338_791_680)]
    public void Published_sizes_have_the_number_of_parameters_of_the_originals(string kind, int layers, int width, long expected)
    {
        long Count(int depth)
        {
            using var scope = NewDisposeScope();
            using var network = TokenNetworks.Create(
                new() { Architecture = Enum.Parse<TokenModelKind>(kind), NLayer = depth, NEmbd = width, BlockSize = 512 }, 5120, new(8, 64, 64));
            return network.parameters().Sum(parameter => parameter.numel());
        }

        // All blocks have equal size.
        var one = Count(1);
        Assert.Equal(expected, one + ((layers - 1) * (Count(2) - one)));
    }

    [Theory]
    [MemberData(nameof(Causal))]
    public void One_token_at_a_time_gives_the_features_of_the_whole_sequence(string name) =>
        Compare(name, [.. Enumerable.Repeat(1, TokenTesting.Length)]);

    [Theory]
    [MemberData(nameof(Causal))]
    public void Chunks_of_tokens_give_the_features_of_the_whole_sequence(string name) => Compare(name, [4, 1, 1, 3, 1]);

    [Fact]
    public void Network_with_full_attention_has_no_cache()
    {
        using var network = TokenTesting.Create(TokenTesting.Small(TokenModelKind.Masked));
        Assert.Null(network.NewState());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Token_affects_later_ones_and_earlier_ones_only_in_the_masked_network(string name)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var (config, input) = TokenTesting.Cases()[name];
        using var network = TokenTesting.Filled(config);
        var other = input.Tokens.Eager!.clone();
        other[TensorIndex.Colon, 5] = tensor(0L);
        var change = (network.forward(input) - network.forward(input with { Tokens = other })).abs().amax([0, 2]);
        Assert.Equal(name.StartsWith("masked"), change.narrow(0, 0, 5).max().ToSingle() > 0);
        Assert.True(change.narrow(0, 5, change.shape[0] - 5).min().ToSingle() > 0);
    }

    /// <summary>The original mixes the tokens of all examples of a batch in its cross attention.</summary>
    [Fact]
    public void Each_example_attends_to_its_own_context()
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var (config, input) = TokenTesting.Cases()["mdgpt"];
        using var network = TokenTesting.Filled(config);
        var other = input.Context!.Eager!.clone();
        other[1] = other[1].flip(0);
        var change = (network.forward(input) - network.forward(input with { Context = other })).abs().amax([1, 2]);
        Assert.Equal(0, change[0].ToSingle());
        Assert.True(change[1].ToSingle() > 0.01);
    }

    [Fact]
    public void Unused_cross_attention_gets_no_gradient_and_the_rest_does()
    {
        using var scope = NewDisposeScope();
        var (config, input) = TokenTesting.Cases()["mdgpt without context"];
        using var network = TokenTesting.Filled(config);
        using var flat = new FlatParameters(network);
        flat.Backward(network.Logits(network.forward(input)).square().mean());
        foreach (var (name, gradient) in flat.Views(flat.Gradients))
        {
            var isOfContext = new[] { "cross_attn", "ln_3", "ln_4" }.Any(part => name.Contains(part, StringComparison.Ordinal));
            Assert.Equal(isOfContext, gradient.abs().max().ToSingle() == 0);
        }
    }

    /// <summary>Initialization follows GPT-2 and Mamba: residual projections are scaled down by the root of their number.</summary>
    [Fact]
    public void Initial_weights_have_the_scale_of_the_originals()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var gpt = TokenNetworks.Create(new() { NLayer = 2, NHead = 2, NEmbd = 128 }, 500, new(1, 1, 1));
        double Deviation(string name) => gpt.get_parameter(name)!.square().mean().sqrt().ToDouble();
        foreach (var name in new[] { "transformer.wte", "transformer.wpe", "transformer.h.0.attn.c_attn", "transformer.h.1.mlp.c_fc" })
        {
            Assert.Equal(0.02, Deviation($"{name}.weight"), 0.0005);
        }

        Assert.Equal(0.01, Deviation("transformer.h.1.attn.c_proj.weight"), 0.0005);
        Assert.Equal(0.01, Deviation("transformer.h.0.mlp.c_proj.weight"), 0.0005);
        Assert.Equal(0, gpt.get_parameter("transformer.h.0.mlp.c_fc.bias")!.abs().max().ToDouble());

        using var mamba = TokenNetworks.Create(new() { Architecture = TokenModelKind.Mamba, NLayer = 4, NEmbd = 128 }, 500, new(1, 1, 1));
        Tensor Of(string name) => mamba.get_parameter($"backbone.layers.3.mixer.{name}")!.detach();
        Assert.Equal(Math.Log(16), Of("A_log")[255, 15].ToDouble(), 1e-6);
        Assert.Equal(1, Of("D").min().ToDouble());
        var steps = nn.functional.softplus(Of("dt_proj.bias"));
        Assert.InRange(steps.min().ToDouble(), 1e-3 - 1e-6, 2e-3);
        Assert.InRange(steps.max().ToDouble(), 0.08, 0.1 + 1e-6);
        Assert.Equal(Math.Log(0.01), steps.log().mean().ToDouble(), 0.3);
        Assert.InRange(Of("dt_proj.weight").abs().max().ToDouble(), 0.3, Math.Pow(8, -0.5));
        Assert.InRange(Of("out_proj.weight").abs().max().ToDouble(), 0.029, 1 / Math.Sqrt(256 * 4));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Dropout_depends_only_on_its_generator(string name)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var (config, input) = TokenTesting.Cases()[name];
        using var network = TokenTesting.Filled(config with { Dropout = 0.3 });
        Tensor Drawn(ulong seed) => network.forward(input with { Chance = new Generator(seed) });
        Assert.True(Drawn(1).allclose(Drawn(1), 0, 0));
        Assert.Equal(config.Architecture != TokenModelKind.Mamba, !Drawn(1).allclose(Drawn(2), 0, 0));
        using var whole = TokenTesting.Filled(config with { Dropout = 0 });
        Assert.True(network.forward(input).allclose(whole.forward(input with { Chance = new Generator(1) }), 0, 0));
    }

    /// <summary>Products are in bfloat16 (eight bits of mantissa), everything else in float32.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Bfloat16_products_stay_close_to_float32(string name)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        using var processor = new Processor(hasBFloat16: true);
        var (config, input) = TokenTesting.Cases()[name];
        using var network = TokenTesting.Filled(config);
        var expected = network.forward(input);
        using var precision = Precision.Use(true);
        var narrow = network.forward(input);
        Assert.Equal(float32, narrow.dtype);
        Assert.InRange(((narrow - expected).norm() / expected.norm()).ToDouble(), 1e-6, 0.03);
    }

    private static void Compare(string name, int[] pieces)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var (config, input) = TokenTesting.Cases()[name];
        using var network = TokenTesting.Filled(config);
        var expected = network.forward(input);
        using var state = network.NewState();
        var found = new List<Tensor>();
        foreach (var count in pieces)
        {
            var (seen, isFirst) = (state!.TokenCount, state.TokenCount == 0);
            using var step = NewDisposeScope(); // the cache outlives the step
            found.Add(network.forward(input with
            {
                Tokens = input.Tokens.narrow(1, seen, count), Positions = input.Positions?.narrow(1, seen, count),
                Context = isFirst ? input.Context : null, State = state,
            }).MoveToOuterDisposeScope());
        }

        Assert.Equal(TokenTesting.Length, state!.TokenCount);
        Assert.Equal(0, (cat(found, 1) - expected).abs().max().ToDouble(), Tolerance);
    }

    private static void Near(double expected, double value) => Assert.Equal(expected, value, Tolerance * Math.Max(1, Math.Abs(expected)));
}
