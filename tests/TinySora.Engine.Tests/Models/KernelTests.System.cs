using TinySora.Engine.Models;
using TinySora.Engine.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Models;

/// <summary>The kernels of this flavour against the compositions of operators that they replace.</summary>
public sealed class KernelTests
{
    [Theory]
    [InlineData(false, 2e-5)]
    [InlineData(true, 3e-2)]
    public void Attention_over_frames_equals_its_composition(bool bfloat16, double tolerance)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var attention = new Attention(channels: 12, heads: 3, headWidth: 8);
        var bias = randn([3, 5, 5]).requires_grad_();
        var order = new FrameOrder(
            RotaryEmbedding.Turns(5, 8, CPU),
            RotaryEmbedding.Rotation(5, 8, bfloat16 ? ScalarType.BFloat16 : ScalarType.Float32, CPU),
            bias);
        var x = randn([2, 5, 7, 12]).requires_grad_();
        Compare(() => attention.forward(x, order), bfloat16, tolerance, [x, bias, .. attention.parameters()]);
    }

    [Theory]
    [InlineData(false, true, 2e-5)]
    [InlineData(false, false, 2e-5)]
    [InlineData(true, true, 6e-2)]
    public void Norm_with_modulation_and_activation_equals_its_composition(bool bfloat16, bool modulated, double tolerance)
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        using var norm = new RmsNorm(24);
        var x = (randn([3, 5, 4, 4, 24]) * 2).requires_grad_();
        var scale = modulated ? randn([3, 5, 1, 1, 24]).requires_grad_() : null;
        var shift = modulated ? randn([3, 5, 1, 1, 24]).requires_grad_() : null;
        Compare(
            () => norm.forward(Precision.Narrow(x), Narrow(scale), Narrow(shift)), bfloat16, tolerance,
            [x, .. new[] { scale, shift }.OfType<Tensor>(), .. norm.parameters()]);

        static Tensor? Narrow(Tensor? t) => t is null ? null : Precision.Narrow(t);
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
            Kernels.Enabled = enabled;
            try
            {
                foreach (var leaf in leaves)
                {
                    leaf.grad = null;
                }

                var result = Precision.Widen(forward());
                (result * result.detach().cos()).sum().backward();
                return [result.detach(), .. leaves.Select(leaf => leaf.grad!.clone())];
            }
            finally
            {
                Kernels.Enabled = true;
            }
        }
    }
}
