using TinySora.Engine.Media;

namespace TinySora.Engine.Tests.Media;

/// <summary>Where our codec is exact and ImageSharp 3.1 is not.</summary>
public sealed partial class GifCodecTests
{
    [Fact]
    public void All_256_colours_come_back_exactly()
    {
        var clip = ManyColours(256);
        Assert.Equal(clip.Pixels, WriteAndRead(clip).Pixels);
    }

    [Fact]
    public void Interlaced_images_lower_than_a_pass_are_composed_as_in_Pillow() =>
        Frames_are_those_that_Pillow_composes("interlaced-low.gif");
}
