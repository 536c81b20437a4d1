using TinySora.Engine.Data.Frames;

namespace TinySora.Engine.Tests.Data.Frames;

public sealed class FrameSamplingTests
{
    [Fact]
    public void Frame_numbers_match_numpy()
    {
        var golden = FrameGolden.Read().Sampling;
        Assert.NotEmpty(golden);
        Assert.All(golden, g =>
        {
            var sampling = new FrameSampling(g.Frames, g.Interval);
            Assert.Equal(g.Starts, sampling.Starts(g.Length));
            Assert.Equal(g.Indices, sampling.Indices(g.Length, g.Start));
        });
    }

    [Fact]
    public void Span_longer_than_any_video_covers_the_whole_video() =>
        Assert.Equal([0, 4, 9], new FrameSampling(3, int.MaxValue).Indices(10, 0));
}
