using TinySora.Engine.Compute;
using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TinySora.Engine.Layers;
using TinySora.Engine.Tests.Compute;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Layers;

/// <summary>The folded convolutions equal the operators of libtorch, forward and backward, to 1e-4.</summary>
public sealed class ConvTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    public static TheoryData<Axis, Axis, int, bool> Convolutions => new()
    {
        { Axis.Symmetric(3, 1, 1), Axis.Symmetric(3, 1, 1), 2, true },
        { Axis.Symmetric(3, 1, 1), Axis.Symmetric(3, 1, 1), 2, false },
        { Axis.Same(4, 1), Axis.Same(4, 1), 1, true },
        { new Axis(3, 1, 2), Axis.Single, 2, true },
        { Axis.Same(4, 1), UpConv.Double, 1, true },
        { Axis.Symmetric(3, 2, 1), Axis.Symmetric(3, 2, 1), 16, true },
        { Axis.Symmetric(3, 1, 1), Axis.Symmetric(3, 1, 1), 16, true },
        { Axis.Symmetric(3, 1, 1), Axis.Symmetric(3, 1, 1), 16, false },
        { Axis.Symmetric(3, 1, 1), Axis.Symmetric(3, 1, 1), 120, true },
        { Axis.Same(4, 1), UpConv.Double, 48, true },
        { Axis.Single, UpConv.Double, 48, false },
        { Axis.Single, Axis.Symmetric(3, 2, 1), 3, true },
        { new Axis(1, 2), Axis.Single, 5, true },
        { new Axis(4, 2, 3), Axis.Single, 8, false },
        { Axis.Same(4, 1), Axis.Same(4, 2), 6, true },
        { Axis.Same(4, 2), Axis.Same(4, 1), 6, true },
        { Axis.Single, Axis.Single, 7, false },
    };

    public static TheoryData<Axis, Axis, int, int> Transposed => new()
    {
        { Axis.Single, UpConv.Double, 32, 7 },
        { Axis.Single, UpConv.Double, 32, 16 },
        { UpConv.Double, UpConv.Double, 32, 8 },
        { UpConv.Double, UpConv.Double, 5, 7 },
        { Axis.Same(4, 1), UpConv.Double, 6, 7 },
        { Axis.Same(4, 1), UpConv.Double, 32, 20 },
        { UpConv.Double, Axis.Same(4, 1), 6, 7 },
    };

    /// <summary>Frames of these sizes are too small and large enough for a kernel in bfloat16.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    public void Fixed_weights_are_as_narrow_as_others(int side)
    {
        using var processor = new Processor(hasBFloat16: true);
        using var nothing = no_grad();
        using var layer = new UpConv(32);
        var input = randn([1, 2, side, side, 32]);
        using var precision = Precision.Use(true);
        var expected = layer.forward(input);
        using var fixedWeights = Precision.UseWithFixedWeights(true);
        for (var i = 0; i < 2; i++)
        {
            var result = layer.forward(input);
            Assert.Equal(ScalarType.BFloat16, result.dtype);
            Assert.True(result.allclose(expected));
        }
    }

    [Fact]
    public void Fixed_weights_serve_frames_of_two_sizes()
    {
        manual_seed(1);
        using var nothing = no_grad();
        using var layer = new Conv(64, 64, Axis.Single, UpConv.Double);
        var inputs = new[] { 64, 9, 8 }.Select(side => randn([1, 2, side, side, 64])).ToList();
        var expected = inputs.Select(input => layer.forward(input)).ToList();
        using var fixedWeights = Precision.UseWithFixedWeights(false);
        Assert.All(inputs.Zip(expected), pair => Assert.True(layer.forward(pair.First).allclose(pair.Second)));
    }

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void Convolution_equals_conv3d_over_padded_clips(Axis time, Axis space, int outputs, bool hasBias)
    {
        manual_seed(1);
        var inputs = outputs >= 48 ? 16 : 6; // as many as the kernels of many outputs require
        using var layer = new Conv(inputs, outputs, time, space, hasBias);
        Same(layer, inputs, (x, weight, bias) => nn.functional.conv3d(
            Padded(x, time, space), weight, bias, [time.Stride, space.Stride, space.Stride]));
    }

    [Fact]
    public void Flat_convolution_equals_conv2d_of_every_frame()
    {
        manual_seed(1);
        using var layer = new Conv(6, 10, Axis.Single, Axis.Symmetric(4, 2, 1), isFlat: true);
        Assert.Equal([10, 6, 4, 4], layer.get_parameter("weight")!.shape);
        Same(layer, 6, (x, weight, bias) => nn.functional.conv3d(x, weight.unsqueeze(2), bias, [1, 2, 2], [0, 1, 1]));
    }

    [Theory]
    [MemberData(nameof(Transposed))]
    public void Transposed_convolution_equals_conv_transpose3d(Axis time, Axis space, int inputs, int outputs)
    {
        manual_seed(2);
        using var layer = new UpConv(inputs, outputs, time, space);
        Same(layer, inputs, (x, weight, bias) => nn.functional.conv_transpose3d(
            time.Stride == 1 || space.Stride == 1 ? Padded(x, Pad(time), Pad(space)) : x, weight, bias,
            [time.Stride, space.Stride, space.Stride], [Trim(time), Trim(space), Trim(space)]));

        // A transposed convolution trims its output beyond the padded input.
        static Axis Pad(Axis axis) => axis.Stride == 1 ? axis : Axis.Single;
        static long Trim(Axis axis) => axis.Stride == 1 ? axis.Kernel - 1 : 1;
    }

    [Fact]
    public void Flat_transposed_convolution_equals_conv_transpose2d_of_every_frame()
    {
        manual_seed(2);
        using var layer = new UpConv(24, 10, Axis.Single, UpConv.Double, isFlat: true);
        Assert.Equal([24, 10, 4, 4], layer.get_parameter("weight")!.shape);
        Same(layer, 24, (x, weight, bias) => nn.functional.conv_transpose3d(x, weight.unsqueeze(2), bias, [1, 2, 2], [0, 1, 1]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Group_norm_equals_that_of_every_frame(bool isActivated)
    {
        manual_seed(3);
        using var layer = new GroupNorm(4, 32, isActivated);
        using (no_grad())
        {
            layer.get_parameter("weight")!.uniform_(0.5, 2);
            layer.get_parameter("bias")!.normal_();
        }

        Same(layer, 32, (x, weight, bias) =>
        {
            var frames = x.permute(0, 2, 1, 3, 4).flatten(0, 1).unflatten(1, 4, 8);
            var centred = frames - frames.mean([2, 3, 4], keepdim: true);
            var normal = centred / (centred.square().mean([2, 3, 4], keepdim: true) + 1e-5).sqrt();
            var y = (normal.flatten(1, 2) * weight.view(-1, 1, 1)) + bias!.view(-1, 1, 1);
            return (isActivated ? y * y.sigmoid() : y).unflatten(0, x.shape[0], x.shape[2]).permute(0, 2, 1, 3, 4);
        });
    }

    [Theory]
    [InlineData(8)]
    [InlineData(32)]
    public void Batch_norm_uses_the_statistics_of_all_positions_and_stores_them(int channels)
    {
        manual_seed(4);
        using var layer = new BatchNorm(channels);
        var x = randn([2, 3, 4, 5, channels]) * 3 + 100;
        var (mean, variance) = (x.mean([0, 1, 2, 3]), x.var([0, 1, 2, 3], unbiased: false));
        Close((x - mean) / (variance + 1e-5).sqrt(), layer.forward(x));
        Close(mean * 0.1, layer.get_buffer("running_mean")!);
        Close(0.9 + (variance * (0.1 * 120 / 119)), layer.get_buffer("running_var")!);
        Assert.Equal(1, layer.get_buffer("num_batches_tracked")!.ToInt64());

        layer.eval();
        Close((x - layer.get_buffer("running_mean")!) / (layer.get_buffer("running_var")! + 1e-5).sqrt(), layer.forward(x));
        Assert.Equal(1, layer.get_buffer("num_batches_tracked")!.ToInt64());
    }

    [Theory]
    [InlineData(Activation.None, 0)]
    [InlineData(Activation.Silu, 0)]
    [InlineData(Activation.LeakyRelu, 0)]
    [InlineData(Activation.LeakyRelu, 0.2)]
    public void Batch_norm_with_activation_has_the_gradients_of_its_composition(Activation activation, double slope)
    {
        manual_seed(5);
        using var layer = new BatchNorm(48, activation, slope);
        using (no_grad())
        {
            layer.get_parameter("weight")!.uniform_(0.5, 2);
            layer.get_parameter("bias")!.normal_();
        }

        Same(layer, 48, (x, weight, bias) =>
        {
            var centred = x - x.mean([0, 2, 3, 4], keepdim: true);
            var y = (centred / (centred.square().mean([0, 2, 3, 4], keepdim: true) + 1e-5).sqrt() * weight.view(-1, 1, 1, 1)) + bias!.view(-1, 1, 1, 1);
            return activation switch
            {
                Activation.Silu => y * y.sigmoid(),
                Activation.LeakyRelu => where(y.gt(0), y, y * slope),
                _ => y,
            };
        });
    }

    private static Tensor Padded(Tensor x, Axis time, Axis space) => nn.functional.pad(
        x, [space.Before, space.After, space.Before, space.After, time.Before, time.After]);

    /// <param name="reference">
    /// Function of x (B, C, F, H, W), the weight and the bias, in float64: in float32, libtorch 2.10 computes wrong gradients of channels-first
    /// inputs on some processors (a Zen 5 with AVX-512) if the outputs do not fill a vector.
    /// </param>
    private static void Same(nn.Module<Tensor, Tensor> layer, int inputs, Func<Tensor, Tensor, Tensor?, Tensor> reference)
    {
        var x = randn([2, inputs, 6, 8, 10]);
        var (ours, theirs) = (x.permute(0, 2, 3, 4, 1).contiguous(), x.to(ScalarType.Float64));
        ours.requires_grad = true;
        theirs.requires_grad = true;
        var weight = layer.get_parameter("weight")!.detach().to(ScalarType.Float64);
        weight.requires_grad = true;
        var bias = layer.get_parameter("bias")?.detach().to(ScalarType.Float64);
        if (bias is not null)
        {
            bias.requires_grad = true;
        }

        var (y, expected) = (layer.forward(ours), reference(theirs, weight, bias));
        Close(expected, y.permute(0, 4, 1, 2, 3));
        var factor = randn_like(expected);
        (y.permute(0, 4, 1, 2, 3) * factor).sum().backward();
        (expected * factor).sum().backward();
        Close(theirs.grad!, ours.grad!.permute(0, 4, 1, 2, 3));
        Close(weight.grad!, layer.get_parameter("weight")!.grad!);
        if (bias is not null)
        {
            Close(bias.grad!, layer.get_parameter("bias")!.grad!);
        }
    }

    private static void Close(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True((expected - actual).abs().max().ToDouble() <= 1e-4 * Math.Max(1, expected.abs().max().ToDouble()), $"{(expected - actual).abs().max().ToDouble()}");
    }
}
