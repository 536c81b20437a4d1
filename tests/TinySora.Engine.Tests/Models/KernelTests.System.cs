using TinySora.Engine.Configuration;
using TinySora.Engine.Models;
using TinySora.Engine.Models.Layers;
using TinySora.Engine.Models.UNet;
using TinySora.Engine.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Models;

/// <summary>The kernels of this flavour against the compositions of operators that they replace.</summary>
public sealed class KernelTests
{
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
        var order = new FrameOrder(
            RotaryEmbedding.Turns(5, width, CPU),
            RotaryEmbedding.Rotation(5, width, bfloat16 ? ScalarType.BFloat16 : ScalarType.Float32, CPU),
            bias);
        var x = randn([2, 5, 7, 12]).requires_grad_();
        Compare(() => attention.forward(x, order), bfloat16, tolerance, [x, bias, .. attention.parameters()]);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(20)]
    public void Attention_over_few_positions_equals_its_composition(int positions)
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        using var attention = new FrameAttention(channels: 12, heads: 3, headWidth: 32);
        var x = randn([2, 3, positions / 4, 4, 12]).requires_grad_();
        Compare(() => attention.forward(x, null), bfloat16: false, 2e-5, [x, .. attention.parameters()]);
    }

    [Theory]
    [InlineData(false, true, 2e-5)]
    [InlineData(false, false, 2e-5)]
    [InlineData(true, true, 6e-2)]
    public void Norm_with_modulation_and_activation_equals_its_composition(bool bfloat16, bool modulated, double tolerance)
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        using var norm = new RmsNorm(48);
        var x = (randn([3, 5, 4, 4, 48]) * 2).requires_grad_();
        var scale = modulated ? randn([3, 5, 1, 1, 48]).requires_grad_() : null;
        var shift = modulated ? randn([3, 5, 1, 1, 48]).requires_grad_() : null;
        Compare(
            () => norm.forward(Precision.Narrow(x), Narrow(scale), Narrow(shift)), bfloat16, tolerance,
            [x, .. new[] { scale, shift }.OfType<Tensor>(), .. norm.parameters()]);

        static Tensor? Narrow(Tensor? t) => t is null ? null : Precision.Narrow(t);
    }

    [Theory]
    [InlineData(false, 2e-5)]
    [InlineData(true, 3e-2)]
    public void Linear_attention_over_positions_equals_its_composition(bool bfloat16, double tolerance)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        using var attention = new SpatialLinearAttention(channels: 12, heads: 3);
        var x = (randn([2, 3, 9, 5, 12]) * 3).requires_grad_(); // 45 positions: one whole tile and a part of one
        Compare(() => attention.forward(x, null), bfloat16, tolerance, [x, .. attention.parameters()]);
    }

    [Theory]
    [InlineData(false, 32, 48, 8, 8)]
    [InlineData(false, 16, 16, 9, 14)] // tiles of 4 x 4 that reach over the edge
    [InlineData(true, 32, 48, 16, 17)]
    public void Convolutions_with_three_taps_equal_the_direct_ones(bool bfloat16, int inputs, int outputs, int height, int width)
    {
        using var scope = NewDisposeScope();
        manual_seed(8);
        using var convolution = new Conv(inputs, outputs, kernel: 3, padding: 1);
        var x = randn([2, 3, height, width, inputs]).requires_grad_();
        Assert.True(Kernels.CanConvolve(x, convolution.parameters().First()));
        Compare(() => convolution.forward(x), bfloat16, bfloat16 ? 3e-2 : 2e-5, [x, .. convolution.parameters()]);
    }

    [Theory]
    [InlineData(false, 2e-5)]
    [InlineData(true, 3e-2)]
    public void Norm_over_channels_equals_its_composition(bool bfloat16, double tolerance)
    {
        using var scope = NewDisposeScope();
        manual_seed(6);
        using var norm = new ChannelNorm(48);
        var x = (randn([3, 5, 4, 4, 48]) * 2 + 1).requires_grad_();
        Compare(() => norm.forward(x), bfloat16, tolerance, [x, .. norm.parameters()]);
    }

    [Theory]
    [InlineData("adam")]
    [InlineData("adamw")]
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
            using var optimizer = new FlatOptimizer(flat, new TrainerConfig { Optimizer = name, WeightDecay = 0.1 });
            using var switched = new Switch(enabled);
            using var nothing = no_grad();
            for (var step = 0; step < 3; step++)
            {
                flat.Gradients.copy_(randn(flat.Gradients.shape));
                optimizer.Step(step, 0.02, tensor(step == 1));
            }

            return stack([flat.Values, optimizer.Mean, optimizer.MeanSquare]);
        }
    }

    [Fact]
    public void Products_inside_kernels_are_counted()
    {
        Assert.Equal(Counted(enabled: false), Counted(enabled: true));

        long Counted(bool enabled) => EngineThread.Run(() =>
        {
            using var switched = new Switch(enabled);
            using var network = new UNet3D(new UNet3DOptions { Dim = 16, DimMults = [1, 2], AttnHeads = 2, AttnDimHead = 16 });
            using var scope = NewDisposeScope();
            using var nothing = no_grad();
            return FlopCounterTests.Count(() => network.forward(rand([1, 3, 2, 8, 8]), tensor([1f])));
        });
    }

    private static void Compare(Func<Tensor> forward, bool bfloat16, double tolerance, Tensor[] leaves)
    {
        using var precision = Precision.Use(bfloat16, CPU);
        var composed = Run(enabled: false);
        var fused = Run(enabled: true);
        foreach (var (expected, actual) in composed.Zip(fused))
        {
            var largest = (expected - actual).abs().max().ToDouble() / Math.Max(1e-3, expected.abs().max().ToDouble());
            Assert.True(largest < tolerance, $"{expected}: off by {largest}");
        }

        Tensor[] Run(bool enabled)
        {
            using var switched = new Switch(enabled);
            foreach (var leaf in leaves)
            {
                leaf.grad = null;
            }

            var result = Precision.Widen(forward());
            (result * result.detach().cos()).sum().backward();
            return [result.detach(), .. leaves.Select(leaf => leaf.grad!.clone())];
        }
    }

    private sealed class Switch : IDisposable
    {
        public Switch(bool enabled) => Kernels.Enabled = enabled;

        public void Dispose() => Kernels.Enabled = true;
    }
}
