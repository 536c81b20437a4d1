using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Running;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Benchmarks;

/// <summary>Measures forward and backward passes of the layers in a step, at the published network's first level (64 channels, 2 clips).</summary>
[SimpleJob(warmupCount: 2, iterationCount: 8)]
public class Pieces
{
    private const int Channels = 64;
    private const int Frames = 5;

    private Tensor four = null!;
    private Tensor x = null!;
    private FramePositions order = null!;
    private ResBlock block = null!;
    private Residual<TemporalAttention> temporal = null!;
    private Residual<SpatialLinearAttention> spatial = null!;
    private Conv down = null!;
    private UpConv up = null!;

    /// <summary>Runs the benchmarks; a separate method, because the GPU report runs without BenchmarkDotNet.</summary>
    internal static void Run(string[] args) => BenchmarkSwitcher.FromAssembly(typeof(Pieces).Assembly).Run(args);

    [GlobalSetup]
    public void Setup() => EngineThread.Run(() =>
    {
        four = zeros([4]);
        x = randn([2, Frames, 32, 32, Channels], requires_grad: true);
        order = new FramePositions(FramePositions.CreateRotaryTable(Frames, 32, CPU), FramePositions.CreateRotaryMatrices(Frames, 32, float32, CPU),
            zeros([8, Frames, Frames]));
        block = new ResBlock(Channels, Channels, condition: null);
        temporal = new Residual<TemporalAttention>(Channels, new TemporalAttention(Channels, 8, 32, new RotaryEmbedding(32)));
        spatial = new Residual<SpatialLinearAttention>(Channels, new SpatialLinearAttention(Channels, 8));
        down = new Conv(Channels, Channels, kernel: 4, stride: 2, padding: 1);
        up = new UpConv(Channels);
    });

    [Benchmark]
    public void ResidualBlock() => Pass(() => (Tensor)block.forward(x));

    [Benchmark]
    public void AttentionOverFrames() => Pass(() => (Tensor)temporal.forward(x, order));

    [Benchmark]
    public void LinearAttentionOverPositions() => Pass(() => (Tensor)spatial.forward(x));

    [Benchmark]
    public void Downsampling() => Pass(() => down.forward(x));

    [Benchmark]
    public void Upsampling() => Pass(() => up.forward(x));

    /// <summary>Calls an operator on four values a thousand times, to measure the overhead of the binding.</summary>
    [Benchmark]
    public void ThousandSmallOperators() => EngineThread.Run(() =>
    {
        using var nothing = no_grad();
        for (var i = 0; i < 1000; i++)
        {
            four.add_(four);
        }
    });

    private static void Pass(Func<Tensor> forward) => EngineThread.Run(() =>
    {
        using var scope = NewDisposeScope();
        KernelOperation.RunBackward(() => forward().sum().backward());
    });
}
