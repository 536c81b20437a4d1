using CsCheck;
using TinySora.Engine.Compute;
using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Families.VideoAutoencoder.Networks;
using TinySora.Engine.Layers;
using TinySora.Engine.Tests.Compute.Native;
using TinySora.Engine.Tests.Layers.Onnx;
using static TorchSharp.torch;
using BatchNorm = TinySora.Engine.Layers.BatchNorm;
using GroupNorm = TinySora.Engine.Families.FrameAutoencoder.Networks.GroupNorm;
using LayerNorm = TinySora.Engine.Layers.LayerNorm;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Tests.Layers;

/// <summary>
/// Mirrored clips give mirrored results, to 1e-5 of the largest value, because sums are rounded in another order. For convolutions, the weights are mirrored too.
/// </summary>
public sealed class MirrorPropertyTests
{
    private const double Tolerance = 1e-5;

    private static readonly Gen<int> Channels = Gen.Frequency<int>((1, Gen.Int[1, 20]), (1, Gen.OneOf(16, 32, 48)));

    /// <summary>Any axes whose padding is less than the kernel, and frequently those for which there are kernels.</summary>
    private static readonly Gen<Axis> Axes = Gen.Frequency<Axis>(
        (1, Gen.Select(Gen.Int[1, 4], Gen.Int[1, 2], Gen.Int[0, 3], Gen.Int[0, 3])
            .Where((kernel, _, before, after) => before < kernel && after < kernel)
            .Select((kernel, stride, before, after) => new Axis(kernel, stride, before, after))),
        (1, Gen.OneOf(Axis.Single, Axis.Symmetric(3, 1, 1), UpConv.Double)));

    /// <summary>Which axes are mirrored: time, or height and width together, because their paddings are equal.</summary>
    private static readonly Gen<(bool Time, bool Space)> Flips = Gen.OneOf((true, false), (false, true), (true, true));

    /// <summary>Layers that do not depend on the order of positions and frames, by name, for a number of channels.</summary>
    private static readonly Dictionary<string, Func<int, Func<Tensor, AnyTensor>>> WithoutPositions = new()
    {
        ["linear"] = channels => Of(new Linear(channels, channels)),
        ["layer norm"] = channels => Of(new LayerNorm(channels)),
        ["RMS norm"] = channels => Of(new RootMeanSquareNorm(channels, 1e-5)),
        ["group norm"] = channels => Of(new GroupNorm(2, channels, isActivated: true)),
        ["batch norm"] = channels => Of(new BatchNorm(channels, Activation.Silu)),
        ["attention over positions"] = channels => With(new SpatialAttention(channels, heads: 2, headWidth: 16), (layer, x) => layer.forward(x, null)),
        ["linear attention"] = channels => With(new SpatialLinearAttention(channels, heads: 2), (layer, x) => layer.forward(x, null)),
        ["attention along rows"] = channels => Of(new AxisAttention(channels, axis: 2, isCausal: false)),
        ["attention over a frame"] = channels => Of(new FrameAttention(channels, heads: 2)),
    };

    public static TheoryData<string> NamesWithoutPositions => [.. WithoutPositions.Keys];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Convolution_of_mirrored_clips_is_mirrored(bool hasKernels) =>
        Gen.Select(Channels, Channels, Axes, Axes, Gen.Int[1, 4], Gen.Int[1, 8], Gen.Int[1, 8], Flips).Check(150, example =>
        {
            var (inputs, outputs, time, space, frames, height, width, flips) = example;
            using var scope = NewDisposeScope();
            using var kernels = new KernelComparison.Switch(hasKernels);
            using var nothing = no_grad();
            manual_seed(inputs + outputs);
            using var layer = new Conv(inputs, outputs, time, space);
            using var mirrored = new Conv(inputs, outputs, flips.Time ? Mirrored(time) : time, flips.Space ? Mirrored(space) : space);
            Compare(layer, mirrored, randn([2, Length(time, frames), Length(space, height), Length(space, width), inputs]), flips);
        });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Doubling_convolution_of_mirrored_clips_is_mirrored(bool hasKernels) =>
        Gen.Select(Channels, Channels, Gen.Int[1, 3], Gen.Int[1, 6], Gen.Bool, Flips).Check(80, example =>
        {
            var (inputs, outputs, frames, side, isInTime, flips) = example;
            using var scope = NewDisposeScope();
            using var kernels = new KernelComparison.Switch(hasKernels);
            using var nothing = no_grad();
            manual_seed(inputs + outputs);
            var time = isInTime ? UpConv.Double : Axis.Single;
            using var layer = new UpConv(inputs, outputs, time, UpConv.Double);
            using var mirrored = new UpConv(inputs, outputs, time, UpConv.Double);
            Compare(layer, mirrored, randn([2, frames, side, side + 1, inputs]), flips);
        });

    [Fact]
    public void Position_convolution_of_mirrored_clips_is_mirrored() =>
        Gen.Select(Channels, Gen.Int[1, 4], Gen.Int[1, 6], Flips).Check(30, example =>
        {
            var (channels, frames, side, flips) = example;
            using var scope = NewDisposeScope();
            using var nothing = no_grad();
            manual_seed(channels);
            using var layer = OnnxNetwork.Shaken(new PositionConv(channels));
            using var mirrored = new PositionConv(channels);
            Compare(layer, mirrored, randn([2, frames, side, side + 1, channels]), flips);
        });

    [Theory]
    [MemberData(nameof(NamesWithoutPositions))]
    public void Layer_without_positions_gives_mirrored_output_for_mirrored_input(string name) =>
        Gen.Select(Gen.Int[1, 24], Gen.Int[1, 4], Gen.Int[1, 7], Flips, Gen.Bool).Check(30, example =>
        {
            var (half, frames, side, flips, hasKernels) = example;
            using var scope = NewDisposeScope();
            using var kernels = new KernelComparison.Switch(hasKernels);
            using var nothing = no_grad();
            manual_seed(half);
            var (apply, x, axes) = (WithoutPositions[name](2 * half), randn([2, frames, side, side + 1, 2 * half]), Mirrored(flips));
            TensorAssert.Near(((Tensor)apply(x)).flip(axes), (Tensor)apply(x.flip(axes)), Tolerance);
        });

    /// <summary>
    /// Returns the length of an input for at least this number of outputs. All positions are used: an unused last one would be the first when mirrored.
    /// </summary>
    private static long Length(Axis axis, int outputs)
    {
        var length = ((outputs - 1) * axis.Stride) + axis.Kernel - axis.Before - axis.After;
        return length > 0 ? length : Length(axis, outputs + 1);
    }

    private static Axis Mirrored(Axis axis) => axis with { Before = axis.After, After = axis.Before };

    private static Func<Tensor, AnyTensor> Of(Layer layer) => With(OnnxNetwork.Shaken(layer), (shaken, x) => shaken.forward(x));

    private static Func<Tensor, AnyTensor> With<T>(T layer, Func<T, Tensor, AnyTensor> apply) => x => apply(layer, x);

    /// <summary>Returns the axes of clips (B, F, H, W, C) to mirror.</summary>
    private static long[] Mirrored((bool Time, bool Space) flips) => [.. flips.Time ? [1L] : Array.Empty<long>(), .. flips.Space ? [2L, 3] : Array.Empty<long>()];

    /// <param name="x">(B, F, H, W, C).</param>
    private static void Compare(Layer layer, Layer mirrored, Tensor x, (bool Time, bool Space) flips)
    {
        // Clips have channels last, and weights have them first.
        var axes = Mirrored(flips);
        mirrored.get_parameter("weight")!.copy_(layer.get_parameter("weight")!.flip([.. axes.Select(axis => axis + 1)]));
        mirrored.get_parameter("bias")!.copy_(layer.get_parameter("bias")!);
        TensorAssert.Near(layer.forward(x).flip(axes), mirrored.forward(x.flip(axes)), Tolerance);
    }
}
