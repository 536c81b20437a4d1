using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Families.TokenModel.Networks;
using TinySora.Engine.Layers;
using TinySora.Engine.Tests.Layers;
using TorchSharp;
using static TinySora.Engine.Tests.Compute.Native.KernelComparison;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Compute.Native;

/// <summary>Compares the kernels of token models with the operators that they replace.</summary>
public sealed class TokenKernelTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public TokenKernelTests()
    {
        Assert.SkipUnless(KernelLibrary.Instance.Problem is null, $"There are no kernels: {KernelLibrary.Instance.Problem}.");
        manual_seed(17);
    }

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(1, 1, 16, 16, false, 2e-5)]
    [InlineData(2, 70, 32, 16, false, 2e-5)]
    [InlineData(3, 33, 48, 7, false, 2e-5)] // less than a vector of states
    [InlineData(100, 5, 16, 20, false, 2e-5)]
    [InlineData(2, 70, 32, 16, true, 2e-2)] // only the gate is bfloat16
    public void Selective_scan_equals_its_composition(int clips, int length, int channels, int states, bool bfloat16, double tolerance)
    {
        var x = SelectiveScanTests.Inputs(clips, length, channels, states).Select(input => input.requires_grad_()).ToArray();
        var gates = randn([clips, length, 2 * channels], requires_grad: true);
        Compare(
            () => (Tensor)SelectiveScan.Apply(x[0], x[1], x[2], x[3], x[4], x[5], Precision.ToComputeType(gates).narrow(2, channels, channels)),
            bfloat16, tolerance, [.. x[..6], gates], anyThreads: true);
        Compare(() => (Tensor)SelectiveScan.Apply(x[0], x[1], x[2], x[3], x[4], x[5], null), bfloat16, 2e-5, x[..6], anyThreads: true);
    }

    [Theory]
    [InlineData(1, 1, 16, false, 2e-5)]
    [InlineData(2, 37, 48, false, 2e-5)]
    [InlineData(70, 6, 16, false, 2e-5)]
    [InlineData(2, 37, 48, true, 2e-2)]
    public void Causal_convolution_equals_its_composition(int clips, int length, int channels, bool bfloat16, double tolerance)
    {
        var wide = randn([clips, length, 2 * channels], requires_grad: true);
        var (weight, bias) = (randn([channels, 1, 4], requires_grad: true), randn([channels], requires_grad: true));
        Compare(
            () => (Tensor)DepthwiseCausalConv.Apply(Precision.ToComputeType(wide).narrow(2, channels, channels), weight, bias),
            bfloat16, tolerance, [wide, weight, bias], anyThreads: true);
    }

    [Theory]
    [InlineData(50, 5121, false, false, 2e-5)]
    [InlineData(9, 5, false, true, 2e-5)]
    [InlineData(64, 32, false, true, 2e-5)]
    [InlineData(50, 5121, true, true, 2e-2)]
    public void Token_loss_equals_its_composition(int count, int vocabulary, bool bfloat16, bool ignores, double tolerance)
    {
        var x = (randn([count, vocabulary]) * 5).requires_grad_();
        var targets = randint(0, vocabulary, [count]);
        var ignored = ignores ? rand([count]).lt(0.5) : null;
        Compare(() => TokenLoss.Compute(Precision.ToComputeType(x * 2), targets, ignored), bfloat16, tolerance, [x], anyThreads: true);
    }

    [Fact]
    public void The_gradient_of_the_token_loss_overwrites_the_logits_only_if_needed()
    {
        var x = randn([4, 100], requires_grad: true);
        var (logits, targets) = (x * 1, randint(0, 100, [4]));
        using (no_grad())
        {
            TokenLoss.Compute(logits, targets);
            Assert.True(logits.allclose(x, 0, 0));
        }

        TokenLoss.Compute(logits, targets).backward();
        Assert.True(logits.allclose(x.grad!, 0, 0));
    }

    [Fact]
    public void An_invalid_target_is_refused() =>
        Assert.Contains("from 0 to 9", Assert.Throws<InvalidOperationException>(() => TokenLoss.Compute(randn([2, 10]), tensor(new long[] { 3, 10 }))).Message);

    [Theory]
    [InlineData(1, 768, 97, true, false)]
    [InlineData(2, 20, 12, false, false)]
    [InlineData(3, 48, 33, true, false)]
    [InlineData(8, 200, 7, true, false)]
    [InlineData(1, 768, 97, true, true)]
    [InlineData(5, 20, 12, false, true)]
    public void Linear_layers_of_few_rows_equal_those_of_libtorch(int rows, int inputs, int outputs, bool hasBias, bool bfloat16)
    {
        using var processor = new Processor(hasBFloat16: true);
        using var nothing = no_grad();
        using var linear = new Linear(inputs, outputs, hasBias);
        var x = randn([1, rows, inputs]);
        Tensor Product(bool enabled, bool isNarrow)
        {
            using var switched = new Switch(enabled);
            using var precision = Precision.UseWithFixedWeights(isNarrow);
            Assert.Equal(enabled, Kernels.CanMultiplySmallBatch(x));
            var product = linear.forward(x);
            Assert.Equal(isNarrow ? ScalarType.BFloat16 : ScalarType.Float32, product.dtype);
            return Precision.ToFloat32(product);
        }

        var expected = Product(enabled: false, isNarrow: false);
        var tolerance = (bfloat16 ? 2e-2 : 1e-5) * expected.abs().max().ToDouble();
        Assert.True((expected - Product(enabled: true, bfloat16)).abs().max().ToDouble() < tolerance);

        var weight = linear.get_parameter("weight")!;
        var ofPatches = Kernels.MultiplySmallBatch(x, weight.unflatten(1, inputs / 4, 2, 2), null);
        Assert.True(ofPatches.allclose(Kernels.MultiplySmallBatch(x, weight, null), 0, 0));
    }

    [Theory]
    [InlineData(1, 513, 128, false, 1e-5)]
    [InlineData(4, 37, 24, false, 1e-5)]
    [InlineData(2, 16, 8, false, 1e-5)]
    [InlineData(1, 513, 128, true, 2e-2)]
    public void Attention_of_few_queries_equals_that_of_many(int queries, int keys, int width, bool bfloat16, double tolerance)
    {
        var (q, past) = (randn([2, 3, queries, 2, width]) * 2, randn([2, 3, keys, 2, 2, width]));
        var composed = Attended(enabled: false, ScalarType.Float32);
        var fused = Attended(enabled: true, bfloat16 ? ScalarType.BFloat16 : ScalarType.Float32);
        Assert.True((composed - fused).abs().max().ToDouble() < tolerance * composed.abs().max().ToDouble());

        Tensor Attended(bool enabled, ScalarType type)
        {
            using var switched = new Switch(enabled);
            using var nothing = no_grad();
            var narrow = past.to(type);
            return (Tensor)TokenAttention.Attend(q.to(type), narrow.select(3, 0), narrow.select(3, 1)).to(ScalarType.Float32);
        }
    }

    [Fact]
    public void Dropout_is_the_same_with_any_number_of_threads()
    {
        Tensor Dropped()
        {
            using var chance = new Generator(3);
            return (Tensor)Dropout.Apply(ones(100_003), 0.1, chance);
        }

        Assert.True(Dropped().allclose(WithOtherThreads(Dropped), 0, 0));
    }

    /// <summary>Queries of zero and identity values reveal which weights are kept; the composition keeps the same ones.</summary>
    [Theory]
    [InlineData(200, false, false, false, 2e-5)] // more queries and keys than a block
    [InlineData(200, true, true, false, 2e-5)]
    [InlineData(40, true, false, false, 2e-5)]
    [InlineData(200, true, true, true, 3e-2)]
    public void Attention_with_dropout_has_the_values_and_gradients_of_its_definition(
        int tokens, bool isCausal, bool isPacked, bool bfloat16, double tolerance)
    {
        const int Clips = 2, Sets = 2, Heads = 3, Width = 24;
        const double Share = 0.3;
        using var processor = new Processor(hasBFloat16: true);
        using var precision = Precision.Use(bfloat16);
        Tensor Attend(Tensor qkv, bool sees)
        {
            using var chance = new Generator(11);
            var parts = qkv.unbind(3);
            return (Tensor)(isPacked
                ? TokenAttention.AttendPacked(qkv, isCausal: sees, dropout: Share, chance: chance)
                : TokenAttention.Attend(parts[0], parts[1], parts[2], isCausal: sees, dropout: Share, chance: chance));
        }

        var identity = eye(tokens).reshape(1, 1, tokens, 1, tokens).expand(Clips, Sets, tokens, Heads, tokens);
        var shown = Attend(stack([zeros_like(identity), zeros_like(identity), identity], 3), sees: false);
        var factors = shown.gt(0).to(ScalarType.Float32).transpose(2, 3) / (1 - Share); // (A, M, h, L, S)

        var leaf = randn([Clips, Sets, tokens, 3, Heads, Width], requires_grad: true);
        var fused = Precision.ToFloat32(Attend(Precision.ToComputeType(leaf), isCausal));
        (fused * fused.detach().cos()).sum().backward();
        var gradient = leaf.grad!.clone();
        leaf.grad = null;

        var heads = Precision.ToFloat32(Precision.ToComputeType(leaf)).unbind(3).Select(part => part.transpose(2, 3)).ToArray();
        var logits = heads[0].matmul(heads[1].transpose(-2, -1)) / Math.Sqrt(Width);
        logits = isCausal ? logits.masked_fill(ones([tokens, tokens], ScalarType.Bool).triu(1), -1e9) : logits;
        var defined = (logits.softmax(-1) * factors).matmul(heads[2]).transpose(2, 3);
        (defined * fused.detach().cos()).sum().backward();
        Assert.True((fused - defined).abs().max().ToDouble() < tolerance * defined.abs().max().ToDouble());
        Assert.True((gradient - leaf.grad!).abs().max().ToDouble() < tolerance * gradient.abs().max().ToDouble());
    }
}
