using CsCheck;
using TinySora.Engine.Compute;
using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Families.TokenModel.Networks;
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

/// <summary>Permuting the examples of a batch permutes the results and the gradients of the inputs.</summary>
public sealed class BatchOrderPropertyTests
{
    /// <summary>
    /// Maximum difference relative to the largest value. Results are not equal bit for bit: sums over a batch are added in other orders, and values that do not
    /// fill a vector register are computed by other instructions. The results differ in about their last bit.
    /// </summary>
    private const double Tolerance = 1e-5;

    /// <summary>Sizes of an input (B, F, H, W, C) and its outputs. Kernels compute 16 channels, and multiples of them.</summary>
    private sealed record Sizes(int Clips, int Frames, int Height, int Width, int Channels, int Outputs, int Seed)
    {
        public long[] Shape => [Clips, Frames, Height, Width, Channels];

        public int Positions => Height * Width;
    }

    private static readonly Gen<int> Channels = Gen.Frequency<int>((1, Gen.Int[1, 20]), (1, Gen.OneOf(16, 32, 48)));

    private static readonly Gen<Sizes> AllSizes = Gen.Select(Gen.Int[2, 5], Gen.Int[1, 4], Gen.Int[1, 7], Gen.Int[1, 7], Channels, Channels, Gen.Int[0, 9999])
        .Select(sizes => new Sizes(sizes.Item1, sizes.Item2, sizes.Item3, sizes.Item4, sizes.Item5, sizes.Item6, sizes.Item7));

    /// <summary>Operations on tensors whose first axis is that of the examples, and functions that draw such tensors.</summary>
    private static readonly Dictionary<string, Func<Sizes, (Tensor[] Inputs, Func<Tensor[], AnyTensor> Apply)>> Operations = new()
    {
        ["linear"] = s => OfClips(s, new Linear(s.Channels, s.Outputs)),
        ["convolution"] = s => OfClips(s, new Conv(s.Channels, s.Outputs, kernel: 3, padding: 1)),
        ["convolution over time"] = s => OfClips(s, new Conv(s.Channels, s.Outputs, Axis.Same(3, 1), Axis.Same(4, 1))),
        ["convolution that halves"] = s => OfClips(s, new Conv(s.Channels, s.Outputs, Axis.Single, Axis.Symmetric(3, 2, 1))),
        ["convolution that doubles"] = s => OfClips(s, new UpConv(s.Channels, s.Outputs, Axis.Single, UpConv.Double)),
        ["position convolution"] = s => OfClips(s, OnnxNetwork.Shaken(new PositionConv(s.Channels))),
        ["layer norm"] = s => OfClips(s, new LayerNorm(s.Channels)),
        ["RMS norm"] = s => OfClips(s, new RootMeanSquareNorm(s.Channels, 1e-5)),
        ["group norm"] = s => OfClips(s, new GroupNorm(s.Channels % 4 == 0 ? 4 : 1, s.Channels, isActivated: true)),
        ["batch norm of a batch"] = s => OfClips(s, new BatchNorm(s.Channels, Activation.Silu)),
        ["batch norm"] = s => OfClips(s, OnnxNetwork.Shaken(new BatchNorm(s.Channels))),
        ["norm with modulation, activation and skip"] = s => (
            [randn(s.Shape), randn([s.Clips, s.Frames, 2 * s.Channels]), randn(s.Shape)],
            With(new ModulatedNormSilu(s.Channels), (norm, x) => norm.forward(x[0], x[1], x[2]))),
        ["norm and gate by a condition"] = s => (
            [randn(s.Shape), randn([s.Clips, s.Channels]), randn([s.Clips, s.Channels])],
            x => Modulation.Gate(x[0], x[1], Modulation.Norm(x[0], x[1], x[2]))),
        ["GELU"] = s => ([randn(s.Shape)], x => Gelu.Tanh(x[0])),
        ["attention"] = s => (
            [randn([s.Clips, s.Frames, s.Positions, 2, s.Channels]), randn([s.Clips, s.Frames, s.Outputs, 2, 2, s.Channels]), rand([s.Clips, s.Outputs])],
            x => TokenAttention.Attend(
                x[0], x[1].select(3, 0), x[1].select(3, 1), OnnxNetwork.Noise(1, 2, s.Positions, s.Outputs), x[2].detach().gt(0.7), isCausal: true)),
        ["attention of packed tokens"] = s => (
            [randn([s.Clips, s.Frames, s.Positions, 3, 2, s.Channels])], x => TokenAttention.AttendPacked(x[0])),
        ["attention over frames"] = s => ([randn(s.Shape)], With(
            new TemporalAttention(s.Channels, heads: 2, headWidth: 16, new RotaryEmbedding(16)), (attention, x) => attention.forward(x[0], Order(s.Frames)))),
        ["attention over positions"] = s => (
            [randn(s.Shape)], With(new SpatialAttention(s.Channels, heads: 2, headWidth: 16), (attention, x) => attention.forward(x[0], null))),
        ["linear attention"] = s => (
            [randn(s.Shape)], With(new SpatialLinearAttention(s.Channels, heads: 2), (attention, x) => attention.forward(x[0], null))),
        ["attention along rows"] = s => OfClips(s with { Channels = 2 * s.Channels }, new AxisAttention(2 * s.Channels, axis: 2, isCausal: false)),
        ["causal attention over frames"] = s => OfClips(s with { Channels = 2 * s.Channels }, new AxisAttention(2 * s.Channels, axis: 1, isCausal: true)),
        ["attention over a frame"] = s => OfClips(s with { Channels = 2 * s.Channels }, new FrameAttention(2 * s.Channels, heads: 2)),
        ["causal convolution over time"] = s => OfClips(s, new CausalConv(s.Channels, s.Outputs, kernel: 3)),
        ["causal convolution"] = s => ([randn([s.Clips, s.Positions, s.Channels])], With(
            (randn([s.Channels, 1, 4]), randn([s.Channels])), (weights, x) => DepthwiseCausalConv.Apply(x[0], weights.Item1, weights.Item2))),
        ["selective scan"] = s => (
            [
                randn([s.Clips, s.Positions, s.Channels]), rand([s.Clips, s.Positions, s.Channels]), randn([s.Clips, s.Positions, s.Outputs]),
                randn([s.Clips, s.Positions, s.Outputs]), randn([s.Clips, s.Positions, s.Channels]),
            ],
            With((-rand([s.Channels, s.Outputs]), randn([s.Channels])), (weights, x) =>
                SelectiveScan.Apply(x[0], x[1], weights.Item1, x[2], x[3], weights.Item2, x[4]))),
    };

    public static TheoryData<string> Names => [.. Operations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Order_of_examples_does_not_affect_them(string name) => Gen.Select(AllSizes, Gen.Bool).Check(30, example =>
    {
        var (sizes, hasKernels) = example;
        using var scope = NewDisposeScope();
        using var kernels = new KernelComparison.Switch(hasKernels);
        manual_seed(sizes.Seed);
        var (inputs, apply) = Operations[name](sizes);
        var order = randperm(sizes.Clips);
        var expected = Run(inputs, apply);
        var actual = Run([.. inputs.Select(input => input.index_select(0, order))], apply);
        foreach (var (before, after) in expected.Zip(actual))
        {
            TensorAssert.Near(before.index_select(0, order), after, Tolerance);
        }
    });

    /// <returns>The result and the gradients of the inputs.</returns>
    private static List<Tensor> Run(IReadOnlyList<Tensor> inputs, Func<Tensor[], AnyTensor> apply)
    {
        Tensor[] leaves = [.. inputs.Select(input => input.clone().requires_grad_())];
        var result = (Tensor)apply(leaves);
        (result * result.detach().cos()).sum().backward();
        return [result.detach(), .. leaves.Select(leaf => leaf.grad).OfType<Tensor>()];
    }

    private static (Tensor[] Inputs, Func<Tensor[], AnyTensor> Apply) OfClips(Sizes sizes, Layer layer) => ([randn(sizes.Shape)], x => layer.forward(x[0]));

    private static Func<Tensor[], AnyTensor> With<T>(T layer, Func<T, Tensor[], AnyTensor> apply) => x => apply(layer, x);

    private static FramePositions Order(int frames) => new(
        FramePositions.CreateRotaryTable(frames, 16, CPU), FramePositions.CreateRotaryMatrices(frames, 16, ScalarType.Float32, CPU),
        OnnxNetwork.Noise(2, 2, frames, frames));
}
