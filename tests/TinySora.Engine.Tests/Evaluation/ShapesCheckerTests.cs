using TinySora.Engine.Data;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Media;

namespace TinySora.Engine.Tests.Evaluation;

public sealed class ShapesCheckerTests
{
    [Theory]
    [InlineData(500, 32, 5)]
    [InlineData(50, 64, 16)]
    [InlineData(100, 24, 3)]
    public void True_clips_are_told_right_to_ninety_nine_percent_each(int clips, int size, int frames)
    {
        var (colour, shape, motion, one) = Score(clips, size, frames, clip => clip);

        Assert.All([colour, shape, motion, one], right => Assert.InRange(right, 0.99 * clips, clips));
    }

    [Fact]
    public void Mild_noise_and_blur_leave_most_clips_readable()
    {
        var random = new SplitMix64(7);
        var (colour, shape, motion, one) = Score(100, 32, 5, clip => Noise(Blur(clip), 12, ref random));

        Assert.All([colour, shape, motion, one], right => Assert.InRange(right, 90, 100));
    }

    [Fact]
    public void Noise_is_nothing()
    {
        var random = new SplitMix64(3);
        for (var i = 0; i < 20; i++)
        {
            var clip = Clip.Black(5, 32, 32, 3);
            for (var p = 0; p < clip.Pixels.Length; p++)
            {
                clip.Pixels[p] = (byte)random.Below(256);
            }

            Assert.Equal(new ShapesVerdict(null, null, null, false), ShapesChecker.Check(clip));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(255)]
    public void A_plain_clip_is_nothing(byte level)
    {
        var clip = Clip.Black(5, 32, 32, 3);
        Array.Fill(clip.Pixels, level);

        Assert.Equal(new ShapesVerdict(null, null, null, false), ShapesChecker.Check(clip));
    }

    [Fact]
    public void Two_objects_are_not_one()
    {
        var a = ShapesWorld.Render(new("red", "circle", "moving right"), 1, 32);
        var both = Clip.Black(5, 32, 64, 3);
        for (var f = 0; f < 5; f++)
        {
            for (var row = 0; row < 32; row++)
            {
                var line = a.Frame(f).Slice(row * 96, 96);
                line.CopyTo(both.Frame(f)[(row * 192)..]);
                line.CopyTo(both.Frame(f)[((row * 192) + 96)..]);
            }
        }

        Assert.False(ShapesChecker.Check(both).OneConnectedObject);
        Assert.True(ShapesChecker.Check(a).OneConnectedObject);
    }

    [Fact]
    public void An_object_that_is_absent_from_one_frame_is_not_one_in_every_frame()
    {
        var clip = ShapesWorld.Render(new("green", "square", "moving up"), 5, 32);
        clip.Frame(2).Clear();

        Assert.Equal(new ShapesVerdict("green", "square", "moving up", false), ShapesChecker.Check(clip));
    }

    [Fact]
    public void A_few_bright_specks_do_not_count_as_objects()
    {
        var clip = ShapesWorld.Render(new("blue", "star", "growing"), 9, 32);
        for (var f = 0; f < 5; f++)
        {
            clip.Frame(f)[..6].Fill(255);
        }

        Assert.True(ShapesChecker.Check(clip).OneConnectedObject);
    }

    [Fact]
    public void A_still_object_has_no_motion()
    {
        var still = ShapesWorld.Render(new("cyan", "triangle", "moving left"), 4, 32, frames: 1);
        var clip = new Clip([.. Enumerable.Repeat(still.Pixels, 5).SelectMany(p => p)], 5, 32, 32, 3);

        Assert.Equal(new ShapesVerdict("cyan", "triangle", null, true), ShapesChecker.Check(clip));
        Assert.Null(ShapesChecker.Check(still).Motion);
    }

    [Fact]
    public void A_colour_outside_the_palette_is_no_colour()
    {
        var clip = ShapesWorld.Render(new("white", "circle", "moving left"), 4, 32);
        for (var i = 0; i < clip.Pixels.Length; i += 3)
        {
            (clip.Pixels[i], clip.Pixels[i + 1]) = ((byte)(clip.Pixels[i] / 2.5), (byte)(clip.Pixels[i + 1] / 1.7));
        }

        var verdict = ShapesChecker.Check(clip);

        Assert.Equal((null, "circle", "moving left"), (verdict.Colour, verdict.Shape, verdict.Motion));
    }

    [Fact]
    public void Grey_clips_have_shape_and_motion_and_four_channels_all()
    {
        var rgb = ShapesWorld.Render(new("yellow", "square", "shrinking"), 8, 32);
        var grey = new Clip([.. rgb.Pixels.Where((_, i) => i % 3 == 0)], 5, 32, 32, 1);
        var rgba = new Clip([.. rgb.Pixels.Chunk(3).SelectMany(p => p.Append((byte)255))], 5, 32, 32, 4);

        Assert.Equal(new ShapesVerdict(null, "square", "shrinking", true), ShapesChecker.Check(grey));
        Assert.Equal(new ShapesVerdict("yellow", "square", "shrinking", true), ShapesChecker.Check(rgba));
    }

    private static (int Colour, int Shape, int Motion, int One) Score(
        int clips, int size, int frames, Func<Clip, Clip> change)
    {
        var (colour, shape, motion, one) = (0, 0, 0, 0);
        for (var k = 0; k < clips; k++)
        {
            var truth = ShapesWorld.Combination(ShapesWorld.AllCombinations, 11, k);
            var verdict = ShapesChecker.Check(change(ShapesWorld.Render(truth, SplitMix64.Mix(11, k), size, frames)));
            colour += verdict.Colour == truth.Colour ? 1 : 0;
            shape += verdict.Shape == truth.Shape ? 1 : 0;
            motion += verdict.Motion == truth.Motion ? 1 : 0;
            one += verdict.OneConnectedObject ? 1 : 0;
        }

        return (colour, shape, motion, one);
    }

    /// <summary>The mean of 3 x 3 pixels.</summary>
    private static Clip Blur(Clip clip)
    {
        var result = Clip.Black(clip.Frames, clip.Height, clip.Width, 3);
        for (var f = 0; f < clip.Frames; f++)
        {
            for (var i = 0; i < clip.FrameLength; i++)
            {
                var (row, column, channel) = (i / 3 / clip.Width, i / 3 % clip.Width, i % 3);
                var sum = 0;
                for (var n = 0; n < 9; n++)
                {
                    var (r, c) = (row + (n / 3) - 1, column + (n % 3) - 1);
                    sum += r < 0 || c < 0 || r >= clip.Height || c >= clip.Width
                        ? 0 : clip.Frame(f)[(((r * clip.Width) + c) * 3) + channel];
                }

                result.Frame(f)[i] = (byte)(sum / 9);
            }
        }

        return result;
    }

    private static Clip Noise(Clip clip, double deviation, ref SplitMix64 random)
    {
        for (var i = 0; i < clip.Pixels.Length; i++)
        {
            // The sum of twelve uniform numbers is normal enough, with variance 1.
            var normal = -6.0;
            for (var n = 0; n < 12; n++)
            {
                normal += random.Between(0, 1);
            }

            clip.Pixels[i] = (byte)Math.Clamp(clip.Pixels[i] + (deviation * normal), 0, 255);
        }

        return clip;
    }
}
