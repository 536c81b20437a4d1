using System.Diagnostics;
using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Layers;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Benchmarks;

/// <summary>A layer at one size, computed by a fused kernel and by the operators that it replaces.</summary>
/// <param name="Kernel">Name of the row, which shows the size at which the kernel gains least.</param>
/// <param name="Prepare">Creates an action that runs one forward and backward pass.</param>
internal sealed record KernelCase(string Kernel, string Size, Func<Action> Prepare)
{
    private const int Clips = 2;
    private const int Turns = 9;
    private const double SecondsATurn = 0.01;

    public static IReadOnlyList<KernelCase> All { get; } =
    [
        .. from width in new[] { 16, 32, 64 } from frames in new[] { 2, 5, 16 } from side in new[] { 4, 32 } select TemporalAttention(width, frames, side),
        .. from channels in new[] { 16, 64, 512 } from side in new[] { 4, 8, 32 } select LinearAttention(channels, side),
        .. from width in new[] { 16, 64, 72, 128 } from tokens in new[] { 16, 64, 256 } select TokenAttention(width, tokens),
        .. from width in new[] { 64, 72 } from frames in new[] { 4, 8, 32 } select FrameAttention(width, frames),
        .. from width in new[] { 64, 72 } from words in new[] { 5, 77, 120 } select CrossAttention(width, words),
        .. from channels in new[] { 12, 16, 64, 256 } from side in new[] { 4, 8, 32 } select Convolution(channels, side),
        .. from channels in new[] { 16, 64, 256 } from side in new[] { 8, 32 } select Halving(channels, side),
        .. from channels in new[] { 16, 64, 256 } from side in new[] { 4, 16 } select Doubling(channels, side),
        .. from inputs in new[] { 12, 64, 512 } from rows in new[] { 16, 160, 10240 } select Linear(inputs, rows),
        .. from channels in new[] { 16, 64, 512 } from side in new[] { 4, 32 } select LayerNorm(channels, side),
        .. from channels in new[] { 96, 384, 1152 } from tokens in new[] { 64, 256 } select Modulated(channels, tokens),
        .. from channels in new[] { 96, 384, 1152 } from tokens in new[] { 64, 256 } select Gated(channels, tokens),
        .. from channels in new[] { 384, 4608 } from tokens in new[] { 64, 256 } select Activated(channels, tokens),
        .. from channels in new[] { 16, 64, 512 } from side in new[] { 4, 32 } select NormSilu(channels, side),
        .. from count in new[] { 1_000, 100_000, 10_000_000 } select Adam(count),
    ];

    /// <summary>
    /// Returns the shortest times of several alternating runs of the kernel and the operators, because other programs can only slow down a run.
    /// </summary>
    public KernelTime Measure()
    {
        using var scope = NewDisposeScope();
        manual_seed(0);
        var pass = Prepare();
        var passes = Math.Max(1, (int)(SecondsATurn / Math.Max(1e-6, Math.Min(Time(1, isKernel: false), Time(1, isKernel: true)))));
        var (kernel, operators) = (new double[Turns], new double[Turns]);
        for (var turn = 0; turn < Turns; turn++)
        {
            operators[turn] = Time(passes, isKernel: false);
            kernel[turn] = Time(passes, isKernel: true);
        }

        return new KernelTime(kernel.Min(), operators.Min());

        double Time(int count, bool isKernel)
        {
            Kernels.Enabled = isKernel;
            pass();
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < count; i++)
            {
                pass();
            }

            return clock.Elapsed.TotalSeconds / count;
        }
    }

    private static KernelCase TemporalAttention(int width, int frames, int side) => new(
        "attention over frames", $"{frames} frames of {side} x {side}, 4 heads of width {width}", () =>
        {
            var layer = new Attention(64, heads: 4, width);
            var order = new FramePositions(
                FramePositions.CreateRotaryTable(frames, width, CPU),
                FramePositions.CreateRotaryMatrices(frames, width, Type, CPU), zeros([4, frames, frames]));
            return Pass(Rows(frames, side * side, 64), x => (Tensor)layer.forward(x, order));
        });

    private static KernelCase LinearAttention(int channels, int side) => new(
        "linear attention over positions", $"{side} x {side}, {channels} channels", () =>
        {
            var layer = new SpatialLinearAttention(channels, heads: 8);
            return Pass(Rows(5, side, side, channels), x => (Tensor)layer.forward(x, null));
        });

    private static KernelCase TokenAttention(int width, int tokens) => new(
        "attention of tokens in a frame", $"{tokens} tokens, 6 heads of width {width}",
        () => Pass(Rows(1, tokens, 3, 6, width), x => (Tensor)Engine.Layers.TokenAttention.AttendPacked(Precision.ToComputeType(x))));

    private static KernelCase FrameAttention(int width, int frames) => new(
        "attention of tokens over frames", $"{frames} frames of 64 tokens, 6 heads of width {width}",
        () => Pass(Rows(frames, 64, 3, 6, width), x => (Tensor)Engine.Layers.TokenAttention.AttendPacked(Precision.ToComputeType(x).transpose(1, 2))));

    private static KernelCase CrossAttention(int width, int words) => new(
        "attention of tokens to text", $"512 tokens to {words}, 6 heads of width {width}", () =>
        {
            var text = Rows(1, words, 2, 6, width);
            return Pass(Rows(1, 512, 6, width), x =>
            {
                var parts = Precision.ToComputeType(text).unbind(3);
                return (Tensor)Engine.Layers.TokenAttention.Attend(Precision.ToComputeType(x), parts[0], parts[1]);
            });
        });

    private static KernelCase Modulated(int channels, int tokens) => new(
        "norm with shift and scale", $"4 x {tokens} tokens of {channels}", () =>
        {
            var condition = Rows(channels);
            return Pass(Rows(4, tokens, channels), x => (Tensor)Modulation.Norm(x, condition, condition));
        });

    private static KernelCase Gated(int channels, int tokens) => new(
        "gate", $"4 x {tokens} tokens of {channels}", () =>
        {
            var (condition, branch) = (Rows(channels), Precision.ToComputeType(Rows(4, tokens, channels)).detach().requires_grad_());
            return Pass(Rows(4, tokens, channels), x => (Tensor)Modulation.Gate(x, condition, branch));
        });

    private static KernelCase Activated(int channels, int tokens) => new(
        "GELU", $"4 x {tokens} tokens of {channels}", () =>
        {
            var hidden = Precision.ToComputeType(Rows(4, tokens, channels)).detach().requires_grad_();
            return Pass(hidden, x => (Tensor)Gelu.Tanh(x));
        });

    private static KernelCase Convolution(int channels, int side) => new(
        "convolution, 3 x 3", $"{side} x {side}, {channels} channels", () => Layer(new Conv(channels, channels, kernel: 3, padding: 1), side, channels));

    private static KernelCase Halving(int channels, int side) => new(
        "convolution that halves the size", $"{side} x {side}, {channels} channels",
        () => Layer(new Conv(channels, channels, kernel: 4, stride: 2, padding: 1), side, channels));

    private static KernelCase Doubling(int channels, int side) => new(
        "convolution that doubles the size", $"{side} x {side}, {channels} channels", () => Layer(new UpConv(channels), side, channels));

    private static KernelCase Linear(int inputs, int rows) => new(
        "linear layer", $"{rows} rows of {inputs}", () =>
        {
            var layer = new Engine.Layers.Linear(inputs, 2 * inputs, hasBias: true);
            return Pass(randn([rows, inputs], requires_grad: true), x => layer.forward(Precision.ToComputeType(x)));
        });

    private static KernelCase LayerNorm(int channels, int side) => new(
        "layer norm", $"{side} x {side}, {channels} channels", () => Layer(new LayerNorm(channels), side, channels));

    private static KernelCase NormSilu(int channels, int side) => new(
        "norm with modulation and SiLU", $"{side} x {side}, {channels} channels", () =>
        {
            var layer = new ModulatedNormSilu(channels);
            var modulation = randn([Clips, 1, 2 * channels], requires_grad: true);
            return Pass(Rows(5, side, side, channels), x => (Tensor)layer.forward(Precision.ToComputeType(x), Precision.ToComputeType(modulation)));
        });

    private static KernelCase Adam(int count) => new(
        "Adam", $"{count} parameters", () =>
        {
            var flat = new FlatParameters(new Engine.Layers.Linear(1000, count / 1000, hasBias: false));
            var optimizer = OptimizerChoice.Create(flat, new TrainerConfig());
            return () =>
            {
                using var scope = NewDisposeScope();
                using var nothing = no_grad();
                optimizer.Step(0, 1e-4, tensor(false));
            };
        });

    private static ScalarType Type => Precision.IsBFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;

    private static Tensor Rows(params long[] sizes) => randn([Clips, .. sizes], requires_grad: true);

    private static Action Layer(nn.Module<Tensor, Tensor> layer, int side, int channels) => Pass(Rows(5, side, side, channels), layer.forward);

    private static Action Pass(Tensor x, Func<Tensor, Tensor> forward) => () =>
    {
        using var scope = NewDisposeScope();
        KernelOperation.RunBackward(() => forward(x).sum().backward());
    };
}
