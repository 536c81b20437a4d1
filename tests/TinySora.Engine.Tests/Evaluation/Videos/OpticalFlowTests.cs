using TinySora.Engine.Evaluation.Videos;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Evaluation.Videos;

/// <summary>The optical flow of smooth textures that move by known amounts.</summary>
public sealed class OpticalFlowTests
{
    private const int Size = 64;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.5, 0)]
    [InlineData(0, -1)]
    [InlineData(2, 1.5)]
    [InlineData(-4, 3)]
    public void Flow_of_a_moving_picture_is_its_motion(double right, double down)
    {
        using var scope = NewDisposeScope();
        var frames = Frames(4, (f, x, y) => Texture(x - (f * right), y - (f * down)));
        var inner = OpticalFlow.Between(frames).narrow(2, 12, Size - 24).narrow(3, 12, Size - 24);
        Assert.Equal([3, 2, Size - 24, Size - 24], inner.shape);
        Assert.Equal(right, inner.select(1, 0).mean().ToDouble(), 0.05 + (0.05 * Math.Abs(right)));
        Assert.Equal(down, inner.select(1, 1).mean().ToDouble(), 0.05 + (0.05 * Math.Abs(down)));
    }

    /// <summary>A disc 8 pixels wide that moves by 2 pixels per frame in front of a static background, so that only the disc has flow.</summary>
    [Fact]
    public void Flow_of_a_moving_thing_is_confined_to_it()
    {
        using var scope = NewDisposeScope();
        var frames = Frames(4, (f, x, y) => Texture(x, y) + (0.5 / (1 + Math.Exp(Math.Sqrt(Math.Pow(x - 20 - (2 * f), 2) + Math.Pow(y - 32, 2)) - 4))));
        var flow = OpticalFlow.Between(frames);
        Assert.InRange(flow[0, 0].narrow(0, 30, 5).narrow(1, 18, 5).mean().ToDouble(), 1, 4); // the edge of the disc counts, its inside is uniform
        Assert.Equal(0, flow.narrow(3, 44, 20).abs().mean().ToDouble(), 0.02);
        Assert.InRange(OpticalFlow.MeanLength(frames), 0.02, 0.4);
    }

    [Fact]
    public void Picture_without_texture_has_no_flow_even_if_its_brightness_changes()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0, OpticalFlow.MeanLength(Frames(3, (f, _, _) => 0.3 * f)), 1e-3);
        Assert.Equal(0, OpticalFlow.MeanLength(Frames(2, (_, x, y) => Texture(x, y))), 1e-4);
    }

    private static double Texture(double x, double y) => 0.4 + (0.1 * (Math.Sin(0.5 * x) + Math.Cos((0.35 * y) + (0.2 * x)) + Math.Sin((0.15 * x) - (0.6 * y))));

    /// <returns>(F, 3, 64, 64).</returns>
    private static Tensor Frames(int count, Func<int, int, int, double> brightness) => tensor(Enumerable.Range(0, count * Size * Size)
        .Select(i => (float)brightness(i / (Size * Size), i % Size, i / Size % Size)).ToArray()).view(count, 1, Size, Size).expand(-1, 3, -1, -1);
}
