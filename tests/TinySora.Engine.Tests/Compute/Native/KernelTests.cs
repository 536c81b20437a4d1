using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Families.VideoAutoencoder.Quantizers;
using TinySora.Engine.Layers;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Tests.Layers;
using TinySora.Engine.Training.Optimization;
using TorchSharp;
using static TinySora.Engine.Tests.Compute.Native.KernelComparison;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Compute.Native;

/// <summary>Compares the kernels with the operators that they replace.</summary>
public sealed class KernelTests
{
    public KernelTests() => Assert.SkipUnless(KernelLibrary.Instance.Problem is null, $"There are no kernels: {KernelLibrary.Instance.Problem}.");

    [Theory]
    [InlineData(16, false, 2e-5)]
    [InlineData(32, false, 2e-5)]
    [InlineData(48, false, 2e-5)]
    [InlineData(32, true, 3e-2)]
    public void Attention_over_frames_equals_its_composition(int width, bool bfloat16, double tolerance)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var attention = new Attention(channels: 12, heads: 3, headWidth: width);
        var bias = randn([3, 5, 5]).requires_grad_();
        var order = new FramePositions(
            FramePositions.CreateRotaryTable(5, width, CPU),
            FramePositions.CreateRotaryMatrices(5, width, bfloat16 ? ScalarType.BFloat16 : ScalarType.Float32, CPU),
            bias);
        var x = randn([2, 5, 7, 12]).requires_grad_();
        Compare(() => (Tensor)attention.forward(x, order), bfloat16, tolerance, [x, bias, .. attention.parameters()]);
    }

    public static TheoryData<int, int, int, string> TokenAttentions => new()
    {
        { 7, 7, 64, "" },
        { 64, 64, 64, "" },
        { 200, 200, 64, "" }, // more queries and keys than a block, in parts that are summed
        { 200, 200, 72, "causal" },
        { 50, 130, 24, "bias absent" },
        { 5, 5, 16, "causal absent" }, // all keys of the first query are masked
        { 33, 33, 128, "bias causal" },
        { 200, 200, 16, "bias causal absent" },
        { 131, 17, 64, "absent" },
        { 8, 8, 72, "frames" },
        { 31, 31, 16, "frames bias absent" },
        { 7, 7, 64, "packed" },
        { 200, 200, 40, "packed bias absent" },
        { 9, 9, 72, "packed frames causal" },
    };

    [Theory]
    [MemberData(nameof(TokenAttentions))]
    public void Attention_of_tokens_equals_its_composition_and_is_the_same_with_any_number_of_threads(int queries, int keys, int width, string kind) =>
        CompareTokens(queries, keys, width, kind, bfloat16: false, 2e-5);

    [Theory]
    [MemberData(nameof(TokenAttentions))]
    public void Attention_of_tokens_in_bfloat16_equals_its_composition(int queries, int keys, int width, string kind) =>
        CompareTokens(queries, keys, width, kind, bfloat16: true, 3e-2);

    private static void CompareTokens(int queries, int keys, int width, string kind, bool bfloat16, double tolerance)
    {
        const int Clips = 2, Sets = 3, Heads = 3;
        using var scope = NewDisposeScope();
        manual_seed(14);
        bool Has(string word) => kind.Split(' ').Contains(word);
        long[] Sizes(int count, params long[] parts) => Has("frames") ? [Clips, count, Sets, .. parts, Heads, width] : [Clips, Sets, count, .. parts, Heads, width];
        var (alone, pair) = (randn(Sizes(queries), requires_grad: true), randn(Sizes(keys, 2), requires_grad: true));
        var packed = randn(Sizes(queries, 3), requires_grad: true);
        var bias = Has("bias") ? randn([Heads, queries, keys], requires_grad: true) : null;
        var absent = Has("absent") ? rand([Clips, keys]).lt(0.5) : null;
        absent?.select(0, 1).narrow(0, 0, keys - 1).fill_(true);
        absent?.select(0, 0).narrow(0, 0, 2).fill_(true);

        // The composition sums in float32: without oneDNN libtorch sums products in bfloat16, with errors up to 0.12.
        Tensor Set(Tensor x)
        {
            var operand = Kernels.Enabled ? Precision.ToComputeType(x) : Precision.ToFloat32(Precision.ToComputeType(x));
            return Has("frames") ? operand.transpose(1, 2) : operand;
        }

        Tensor Attended() => (Tensor)(Has("packed")
            ? TokenAttention.AttendPacked(Set(packed), bias, absent, Has("causal"))
            : TokenAttention.Attend(Set(alone), Set(pair).select(3, 0), Set(pair).select(3, 1), bias, absent, Has("causal")));

        Assert.Equal(Has("frames"), Attended().transpose(1, 2).is_contiguous());
        Compare(Attended, bfloat16, tolerance, [.. Has("packed") ? [packed] : new[] { alone, pair }, .. new[] { bias }.OfType<Tensor>()], anyThreads: true);
    }

    [Theory]
    [InlineData(false, 2e-5)]
    [InlineData(true, 3e-2)]
    public void Modulated_norms_and_gates_equal_their_compositions(bool bfloat16, double tolerance)
    {
        using var scope = NewDisposeScope();
        manual_seed(15);
        var x = ((randn([3, 7, 5, 48]) * 2) + 1).requires_grad_();
        var condition = randn([3, 3 * 48], requires_grad: true);
        Compare(
            () =>
            {
                var (shift, scale, gate) = (condition.narrow(1, 0, 48), condition.narrow(1, 48, 48), condition.narrow(1, 96, 48));
                return (Tensor)Modulation.Gate(x, gate, Modulation.Norm(x, shift, scale).sin());
            },
            bfloat16, tolerance, [x, condition], anyThreads: true);
    }

    [Theory]
    [InlineData(false, 2e-5)]
    [InlineData(true, 3e-2)]
    public void Gelu_equals_its_composition(bool bfloat16, double tolerance)
    {
        using var scope = NewDisposeScope();
        var x = linspace(-12, 12, 1003).requires_grad_();
        Compare(() => (Tensor)Gelu.Tanh(Precision.ToComputeType(x)), bfloat16, tolerance, [x], anyThreads: true);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    public void Attention_over_few_positions_equals_its_composition(int positions)
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        using var attention = new SpatialAttention(channels: 12, heads: 3, headWidth: 32);
        var x = randn([2, 3, positions / 4, 4, 12]).requires_grad_();
        Compare(() => (Tensor)attention.forward(x, null), bfloat16: false, 2e-5, [x, .. attention.parameters()]);
    }

    [Theory]
    [InlineData(48, false, true, false, 2e-5)]
    [InlineData(48, false, false, true, 2e-5)]
    [InlineData(48, true, true, false, 6e-2)]
    [InlineData(48, true, false, true, 6e-2)]
    [InlineData(24, false, true, true, 2e-5)] // fewer than a register holds
    [InlineData(24, true, false, true, 6e-2)]
    [InlineData(3, false, true, true, 2e-5)]
    public void Norm_with_modulation_activation_and_skip_equals_its_composition(int channels, bool bfloat16, bool modulated, bool skipped, double tolerance)
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        using var norm = new ModulatedNormSilu(channels);
        var x = (randn([3, 5, 4, 4, channels]) * 2).requires_grad_();
        var modulation = modulated ? randn([3, 5, 2 * channels]).requires_grad_() : null;
        var skip = skipped ? randn([3, 5, 4, 4, channels]).requires_grad_() : null;
        Tensor?[] varied = [x, modulation, skip, .. norm.parameters()];
        Compare(
            () => (Tensor)norm.forward(Precision.ToComputeType(x), modulation is null ? null : Precision.ToComputeType(modulation), skip), bfloat16, tolerance,
            [.. varied.OfType<Tensor>()]);
    }

    [Theory]
    [InlineData(1, 1)] // positions are in blocks of 48, and of 4, 6 or 8
    [InlineData(1, 3)]
    [InlineData(3, 9)]
    [InlineData(5, 9)]
    [InlineData(6, 8)]
    [InlineData(7, 7)]
    [InlineData(10, 11)]
    public void Linear_attention_over_positions_equals_its_composition(int height, int width)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        using var attention = new SpatialLinearAttention(channels: 12, heads: 3);
        var x = (randn([2, 3, height, width, 12]) * 3).requires_grad_();
        Compare(() => (Tensor)attention.forward(x, null), bfloat16: false, 2e-5, [x, .. attention.parameters()]);

        Compare(() => (Tensor)attention.forward(x, null), bfloat16: true, 3e-2, [x, .. attention.parameters()]);
    }

    [Theory]
    [InlineData(32, 48, 8, 8)]
    [InlineData(16, 16, 9, 14)] // tiles of 4 x 4 extend beyond the edge
    [InlineData(48, 64, 21, 22)] // more tiles than a block
    [InlineData(144, 32, 5, 5)] // fewer tiles than outputs, and more inputs than a block
    [InlineData(16, 144, 3, 3)]
    [InlineData(32, 48, 4, 4)]
    [InlineData(16, 135, 8, 8)] // less than a panel of channels
    [InlineData(24, 24, 8, 8)]
    [InlineData(141, 47, 5, 5)]
    [InlineData(24, 48, 8, 8, true, 3e-2)]
    [InlineData(32, 48, 16, 17, true, 3e-2)]
    [InlineData(48, 64, 4, 4, true, 3e-2)] // frames of one tile
    public void Convolutions_equal_those_of_libtorch(int inputs, int outputs, int height, int width, bool bfloat16 = false, double tolerance = 2e-5)
    {
        using var scope = NewDisposeScope();
        manual_seed(8);
        using var convolution = new Conv(inputs, outputs, kernel: 3, stride: 1, padding: 1);
        var x = randn([2, 3, height, width, inputs]).requires_grad_();
        Assert.True(Kernels.CanConvolve(bfloat16 ? x.to(ScalarType.BFloat16) : x, randn([outputs, inputs, 3, 3]), 1, 1));
        Compare(() => convolution.forward(x), bfloat16, tolerance, [x, .. convolution.parameters()]);
    }

    [Theory]
    [InlineData(48, 64, 21, 22)] // many tiles
    [InlineData(64, 128, 4, 4)] // many weights
    [InlineData(40, 77, 6, 6)] // weights, some in incomplete panels
    public void Winograds_convolutions_are_exact_and_the_same_with_any_number_of_threads(int inputs, int outputs, int height, int width)
    {
        using var scope = NewDisposeScope();
        manual_seed(13);
        var (x, weight, bias) = (randn([6, height, width, inputs]), randn([outputs, inputs, 3, 3]), randn([outputs]));
        var by = randn([6, height, width, outputs]);
        Assert.True(WinogradOperation.CanRun(x, weight, stride: 1, padding: 1));
        Tensor[] Ours() => Run(ScalarType.Float32, (x, weight, bias) => new WinogradOperation(1).Apply(x, weight, bias));
        var ours = Ours();
        var exact = Run(
            ScalarType.Float64, (x, weight, bias) => nn.functional.conv2d(x.permute(0, 3, 1, 2), weight, bias, padding: [1, 1]).permute(0, 2, 3, 1));
        foreach (var (expected, actual) in exact.Zip(ours))
        {
            Assert.True((expected - actual).abs().max().ToDouble() < 5e-6 * expected.abs().max().ToDouble());
        }

        Assert.All(WithOtherThreads(Ours).Zip(ours), pair => Assert.True(pair.First.allclose(pair.Second, 0, 0)));

        Tensor[] Run(ScalarType type, Func<Tensor, Tensor, Tensor, Tensor> convolve)
        {
            Tensor[] leaves = [.. new[] { x, weight, bias }.Select(tensor => tensor.clone().to(type).requires_grad_())];
            var result = convolve(leaves[0], leaves[1], leaves[2]);
            (result * by).sum().backward();
            return [result.detach(), .. leaves.Select(leaf => leaf.grad!)];
        }
    }

    [Theory]
    [InlineData(false, 2e-5)]
    [InlineData(true, 3e-2)]
    public void Convolutions_that_double_the_size_equal_those_of_libtorch(bool bfloat16, double tolerance)
    {
        using var scope = NewDisposeScope();
        manual_seed(9);
        using var convolution = new UpConv(32);
        var x = randn([2, 3, 4, 5, 32]).requires_grad_();
        Compare(() => convolution.forward(x), bfloat16, tolerance, [x, .. convolution.parameters()]);
    }

    [Theory]
    [InlineData(16, 96, 5001, true)]
    [InlineData(96, 16, 5001, false)] // more rows than a block
    [InlineData(256, 1024, 7, true)] // more panels than blocks of rows
    public void Linear_layers_equal_those_of_libtorch(int inputs, int outputs, int rows, bool hasBias)
    {
        using var scope = NewDisposeScope();
        manual_seed(10);
        Compare(ScalarType.Float32, 2e-6);
        if (KernelLibrary.Instance.MultipliesBFloat16)
        {
            Compare(ScalarType.BFloat16, 4e-3); // half of the last bit
        }

        void Compare(ScalarType type, double tolerance)
        {
            // Exact float32, and no values that the type cannot represent.
            var (x, by) = (randn([1, rows, inputs]).to(type), randn([1, rows, outputs]).to(type));
            var (weight, bias) = (randn([outputs, inputs]).to(type).to(ScalarType.Float32), hasBias ? randn([outputs]) : null);
            var ours = Run(Kernels.Multiply);
            foreach (var (expected, actual) in Run(nn.functional.linear, isExact: true).Zip(ours))
            {
                Assert.True((expected - actual).abs().max().ToDouble() < tolerance * expected.abs().max().ToDouble());
            }

            Assert.All(WithOtherThreads(() => Run(Kernels.Multiply)).Zip(ours), pair => Assert.True(pair.First.allclose(pair.Second, 0, 0)));
            var ofPatches = Run((x, weight, bias) => Kernels.Multiply(x, weight.unflatten(1, inputs / 4, 2, 2), bias));
            Assert.All(ofPatches.Zip(ours), pair => Assert.True(pair.First.allclose(pair.Second, 0, 0)));

            Tensor[] Run(Func<Tensor, Tensor, Tensor?, Tensor> multiply, bool isExact = false)
            {
                Tensor?[] leaves = [.. new[] { x, weight, bias }.Select(tensor => (isExact ? tensor?.to(ScalarType.Float64) : tensor?.clone())?.requires_grad_())];
                var result = multiply(leaves[0]!, leaves[1]!, leaves[2]);
                KernelOperation.RunBackward(() => (result * by).sum().backward());
                return [result.detach(), .. leaves.OfType<Tensor>().Select(leaf => leaf.grad!)];
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Attention_in_parts_equals_attention_as_a_whole(bool isSpatial)
    {
        using var scope = NewDisposeScope();
        manual_seed(12);
        using nn.Module attention = isSpatial ? new SpatialLinearAttention(16, heads: 8) : new Attention(16, heads: 8, headWidth: 32);
        var x = randn([2, 5, 40, 20, 16]);
        Tensor Result() => (Tensor)(attention is SpatialLinearAttention spatial ? spatial.forward(x, null) : ((Attention)attention).forward(x.flatten(2, 3)));

        var atOnce = Result().detach();
        using var nothing = no_grad(); // 24 MB of queries, keys and values
        Assert.True(Result().allclose(atOnce, 1e-5, 1e-6));
    }

    [Theory]
    [InlineData(false, 2e-5)]
    [InlineData(true, 3e-2)]
    public void Norm_over_channels_equals_its_composition(bool bfloat16, double tolerance)
    {
        using var scope = NewDisposeScope();
        manual_seed(6);
        using var norm = new LayerNorm(48);
        var x = (randn([3, 5, 4, 4, 48]) * 2 + 1).requires_grad_();
        Compare(() => norm.forward(x), bfloat16, tolerance, [x, .. norm.parameters()]);
    }

    [Theory]
    [InlineData("adam")]
    [InlineData("adamw")]
    [InlineData("muon")]
    public void Optimizer_steps_equal_their_composition(string name)
    {
        using var scope = NewDisposeScope();
        var fused = Run(enabled: true);
        Assert.NotEqual(0, fused.abs().max().ToSingle());
        Assert.True(fused.allclose(Run(enabled: false), 1e-6, 1e-7));

        Tensor Run(bool enabled)
        {
            manual_seed(4);
            using var layer = new Conv(8, 8, kernel: 3);
            using var flat = new FlatParameters(layer);
            using var optimizer = OptimizerChoice.Create(flat, new TrainerConfig { Optimizer = UNetTesting.Named<OptimizerKind>(name), WeightDecay = 0.1 });
            using var switched = new Switch(enabled);
            using var nothing = no_grad();
            for (var step = 0; step < 3; step++)
            {
                flat.Gradients.copy_(randn(flat.Gradients.shape));
                optimizer.Step(step, 0.02, tensor(step == 1));
            }

            return stack([flat.Values, optimizer.States[0].Values, optimizer.States[1].Values]);
        }
    }

    [Fact]
    public void Products_inside_kernels_are_counted()
    {
        Assert.Equal(Counted(enabled: false), Counted(enabled: true));

        long Counted(bool enabled) => EngineThread.Run(() =>
        {
            using var switched = new Switch(enabled);
            using var network = new UNet3D(new ModelConfig { Dim = 16, DimMults = [1, 2], AttnHeads = 2, AttnDimHead = 16 });
            using var scope = NewDisposeScope();
            using var nothing = no_grad();
            return FlopCounterTests.Count(() => network.forward(rand([1, 3, 2, 8, 8]), tensor([1f])));
        });
    }

    [Theory]
    [InlineData(70, 4, 37, true)]
    [InlineData(70, 4, 37, false)]
    [InlineData(3, 1, 5, true)]
    [InlineData(130, 256, 200, true)]
    public void Nearest_target_has_the_smallest_distance(int count, int width, int targets, bool isKernel)
    {
        using var scope = NewDisposeScope();
        using var switched = new Switch(isKernel);
        manual_seed(3);
        var (vectors, codes) = (randn([count, width]), randn([targets, width]));
        codes[targets - 1] = codes[1];
        vectors[0] = codes[1] * 1.01; // two are equally near: the first one wins
        var distances = (vectors.unsqueeze(1) - codes).to(ScalarType.Float64).square().sum(2);
        var found = NearestVector.Find(vectors, codes);
        Assert.Equal(ScalarType.Int64, found.Eager!.dtype);
        Assert.Equal(1, found.Eager![0].ToInt64());
        Assert.Equal((-distances).argmax(1).data<long>().ToArray(), found.Eager!.data<long>().ToArray());
    }
}
