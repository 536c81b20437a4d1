using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Tests.Media.Resampling;

public sealed class CoverTests
{
    [Theory]
    [InlineData(40, 20, 10, 20, 40, 20)]
    [InlineData(20, 40, 10, 20, 10, 20)]
    [InlineData(30, 30, 10, 20, 20, 20)]
    [InlineData(10, 90, 20, 10, 20, 180)]
    public void Clip_is_scaled_to_cover_a_frame_without_distortion(int height, int width, int toHeight, int toWidth, int scaledHeight, int scaledWidth)
    {
        var scaled = Resample.Cover(Clip.Black(1, height, width, 3), toHeight, toWidth);
        Assert.Equal((scaledHeight, scaledWidth), (scaled.Height, scaled.Width));
    }

    [Fact]
    public void Centre_of_a_clip_fills_a_frame_that_is_wider_than_high()
    {
        // Columns 0..5 and rows 0..3; the value of each pixel is its position.
        var clip = new Clip([.. Enumerable.Range(0, 24).Select(i => (byte)i)], 1, 4, 6, 1);
        var shape = new ClipShape(1, 1, 2) { Width = 6 };
        Assert.Equal([6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17], shape.Fit(clip));
    }
}
