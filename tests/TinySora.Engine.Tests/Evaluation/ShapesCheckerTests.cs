using TinySora.Engine.Data;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Tests.Evaluation;

public sealed class ShapesCheckerTests
{
    /// <summary>Clips of all combinations in turn.</summary>
    [Theory]
    [InlineData(768, 32, 5, false)]
    [InlineData(768, 32, 5, true)]
    [InlineData(192, 64, 16, true)]
    [InlineData(192, 24, 3, false)]
    public void Correct_clips_are_all_recognized(int clips, int size, int frames, bool throughGif)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal((clips, clips, clips, clips), Score(clips, size, frames, clip => throughGif ? Again(clip) : clip));

        Clip Again(Clip clip)
        {
            ClipFile.Write(folder.File("clip.gif"), clip);
            return ClipFile.Read(folder.File("clip.gif"));
        }
    }

    /// <summary>Additional words are recognized only if requested. Otherwise their clips match no default word.</summary>
    [Theory]
    [InlineData(32, 5)]
    [InlineData(64, 16)]
    [InlineData(24, 3)]
    public void Additional_words_are_recognized_on_request(int size, int frames)
    {
        var further = ShapesWorld.Combinations([.. ShapesWorld.Colors, .. ShapesWorld.ExtraColors], [.. ShapesWorld.Shapes, .. ShapesWorld.ExtraShapes])
            .Except(ShapesWorld.AllCombinations).ToList();
        for (var k = 0; k < further.Count; k++)
        {
            var truth = further[k];
            var clip = ShapesWorld.Render(truth, SplitMix64.Mix(11, k), size, frames);
            Assert.Equal(new ShapesVerdict(truth.Color, truth.Shape, truth.Motion, true), ShapesChecker.Check(clip, truth));

            var seen = ShapesChecker.Check(clip);
            Assert.Equal(ShapesWorld.Colors.Contains(truth.Color) ? truth.Color : null, seen.Color);
            Assert.Equal(ShapesWorld.Shapes.Contains(truth.Shape) ? truth.Shape : null, seen.Shape);
        }
    }

    [Fact]
    public void Noise_of_a_twentieth_of_the_range_leaves_all_clips_recognizable()
    {
        var random = new SplitMix64(7);
        var (color, shape, motion, one) = Score(192, 32, 5, clip => Noise(clip, 12, ref random));

        Assert.All([color, shape, motion, one], right => Assert.InRange(right, 191, 192));
    }

    /// <summary>The edges are three pixels wide, so a square is hardly distinguishable from a circle.</summary>
    [Fact]
    public void Blurred_shape_is_not_recognized()
    {
        var (color, shape, motion, _) = Score(96, 32, 5, Blur);
        Assert.InRange(shape, 0, 30);
        Assert.All([color, motion], right => Assert.InRange(right, 90, 96));
    }

    [Fact]
    public void Noise_is_not_recognized()
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
    public void Uniform_clip_is_not_recognized(byte level)
    {
        var clip = Clip.Black(5, 32, 32, 3);
        Array.Fill(clip.Pixels, level);

        Assert.Equal(new ShapesVerdict(null, null, null, false), ShapesChecker.Check(clip));
    }

    [Fact]
    public void Two_objects_are_not_recognized_as_one()
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
    public void Object_missing_from_one_frame_is_not_recognized()
    {
        var clip = ShapesWorld.Render(new("green", "square", "moving up"), 5, 32);
        clip.Frame(2).Clear();

        Assert.Equal(new ShapesVerdict("green", "square", "moving up", false), ShapesChecker.Check(clip));
    }

    /// <summary>Outlines around the origin with about the size of the unit circle; each moves right like a correct clip.</summary>
    public static TheoryData<string, Func<double, double, bool>> Nearly { get; } = new()
    {
        { "an ellipse", (x, y) => (1.2 * x * x) + (y * y / 1.2) < 1 },
        { "a leaning ellipse", (x, y) => (0.65 * (x + y) * (x + y)) + (0.385 * (x - y) * (x - y)) < 1 },
        { "a square with round corners", (x, y) => Math.Pow(x, 4) + Math.Pow(y, 4) < 1 },
        { "a pentagon", (x, y) => Enumerable.Range(0, 5).All(i => (x * Math.Cos(Side(i))) + (y * Math.Sin(Side(i))) < 0.85) },
        { "a rectangle", (x, y) => Math.Abs(x) < 0.8 && Math.Abs(y) < 1 },
        { "a square that is turned", (x, y) => Math.Abs((0.94 * x) + (0.34 * y)) < 0.9 && Math.Abs((0.94 * y) - (0.34 * x)) < 0.9 },
        { "a triangle on its head", (x, y) => y > -0.9 && Math.Abs(x) < (1 - y) / 1.9 },
        { "a ring", (x, y) => (x * x) + (y * y) is < 1 and > 0.16 },
        { "a potato", (x, y) => (x * x) + (y * y) < Math.Pow(1 + (0.12 * Math.Cos(3 * Math.Atan2(y, x))) - (0.1 * Math.Sin(2 * Math.Atan2(y, x))), 2) },
    };

    [Theory]
    [MemberData(nameof(Nearly))]
    public void Near_shape_is_not_recognized(string what, Func<double, double, bool> inside)
    {
        var verdict = ShapesChecker.Check(Drawn(inside));
        Assert.True(verdict == new ShapesVerdict("red", null, "moving right", true), $"{what}: {verdict}");
    }

    [Fact]
    public void Consistently_drawn_shapes_are_recognized_and_a_change_of_shape_is_not()
    {
        static bool Circle(double x, double y) => (x * x) + (y * y) < 1;
        static bool Square(double x, double y) => Math.Abs(x) < 0.9 && Math.Abs(y) < 0.9;
        Assert.Equal(new ShapesVerdict("red", "circle", "moving right", true), ShapesChecker.Check(Drawn(Circle)));
        Assert.Equal(new ShapesVerdict("red", "square", "moving right", true), ShapesChecker.Check(Drawn(Square)));

        var (clip, squares) = (Drawn(Circle), Drawn(Square));
        squares.Frame(3).CopyTo(clip.Frame(3));
        squares.Frame(4).CopyTo(clip.Frame(4));
        Assert.Null(ShapesChecker.Check(clip).Shape);

        var mostly = Drawn(Circle);
        Drawn((x, y) => Math.Abs(x) < 0.5 && Math.Abs(y) < 1.6).Frame(2).CopyTo(mostly.Frame(2));
        Assert.Null(ShapesChecker.Check(mostly).Shape);
    }

    /// <summary>In pixels of 32, at five frames. A correct clip moves by at least eight in one direction.</summary>
    [Theory]
    [InlineData("a drift of a pixel", null, 0.0, 0.25, 0.5, 0.75, 1.0)]
    [InlineData("half of the least", null, 0.0, 1.0, 2.0, 3.0, 4.0)]
    [InlineData("a jump", null, 0.0, 0.0, 0.0, 0.0, 10.0)]
    [InlineData("there and back", null, 0.0, 5.0, 10.0, 5.0, 0.0)]
    [InlineData("half the time", null, 0.0, 4.5, 9.0, 9.0, 9.0)]
    [InlineData("the least", "moving right", 0.0, 2.0, 4.0, 6.0, 8.0)]
    [InlineData("a trembling line", "moving right", 0.0, 2.7, 4.6, 7.7, 10.0)]
    public void Near_motion_is_not_recognized(string what, string? seen, params double[] x)
    {
        var verdict = ShapesChecker.Check(Drawn((x, y) => (x * x) + (y * y) < 1, f => (x[f], 0, 6)));
        Assert.True(verdict == new ShapesVerdict("red", "circle", seen, true), $"{what}: {verdict}");
    }

    [Fact]
    public void Two_simultaneous_motions_are_not_recognized()
    {
        static bool Circle(double x, double y) => (x * x) + (y * y) < 1;
        Assert.Equal("moving right", ShapesChecker.Check(Drawn(Circle, f => (2.5 * f, 0.5 * f, 6))).Motion);
        Assert.Null(ShapesChecker.Check(Drawn(Circle, f => (2.5 * f, 1.25 * f, 6))).Motion);
        Assert.Null(ShapesChecker.Check(Drawn(Circle, f => (2.5 * f, 0, 4 + (0.5 * f)))).Motion);
        Assert.Equal("growing", ShapesChecker.Check(Drawn(Circle, f => (5, 0, 4 + f))).Motion);
        Assert.Null(ShapesChecker.Check(Drawn(Circle, f => (5, 0, 4 + (0.3 * f)))).Motion);
        Assert.Null(ShapesChecker.Check(Drawn(Circle, f => (2.5 * f, 0, 4 + f))).Motion);
    }

    [Fact]
    public void Color_with_patches_speckles_or_dimming_is_not_recognized()
    {
        var random = new SplitMix64(5);
        var (patched, dim, holed) = (Red(), Red(), Red());
        for (var i = 0; i < patched.Pixels.Length; i += 3)
        {
            // A third of the pixels is green; an eighth is missing.
            (patched.Pixels[i], patched.Pixels[i + 1]) = random.Below(3) == 0 ? ((byte)0, patched.Pixels[i]) : (patched.Pixels[i], (byte)0);
            dim.Pixels[i] /= 2;
            holed.Pixels[i] = random.Below(8) == 0 ? (byte)0 : holed.Pixels[i];
        }

        Assert.Equal(new ShapesVerdict(null, "circle", "moving right", true), ShapesChecker.Check(patched));
        Assert.Equal(new ShapesVerdict(null, "circle", "moving right", true), ShapesChecker.Check(dim));
        Assert.Null(ShapesChecker.Check(holed).Shape);
        foreach (var shape in ShapesWorld.Shapes)
        {
            var speckled = ShapesWorld.Render(new("red", shape, "moving left"), 3);
            for (var i = 0; i < speckled.Pixels.Length; i += 3)
            {
                speckled.Pixels[i] = random.Below(10) == 0 ? (byte)0 : speckled.Pixels[i];
            }

            Assert.Null(ShapesChecker.Check(speckled).Shape);
        }

        static Clip Red() => Drawn((x, y) => (x * x) + (y * y) < 1);
    }

    [Fact]
    public void Many_specks_are_not_a_single_object()
    {
        var clip = ShapesWorld.Render(new("blue", "circle", "moving right"), 9, 32);
        foreach (var column in new[] { 0, 2, 4, 6 })
        {
            clip.Frame(3)[3 * column] = 255;
        }

        Assert.Equal(new ShapesVerdict("blue", "circle", "moving right", false), ShapesChecker.Check(clip));
    }

    [Fact]
    public void Few_bright_specks_do_not_count_as_objects()
    {
        var clip = ShapesWorld.Render(new("blue", "star", "growing"), 9, 32);
        for (var f = 0; f < 5; f++)
        {
            clip.Frame(f)[..6].Fill(255);
        }

        Assert.True(ShapesChecker.Check(clip).OneConnectedObject);
    }

    [Fact]
    public void Still_object_has_no_motion()
    {
        var still = ShapesWorld.Render(new("cyan", "triangle", "moving left"), 4, 32, frames: 1);
        var clip = new Clip([.. Enumerable.Repeat(still.Pixels, 5).SelectMany(p => p)], 5, 32, 32, 3);

        Assert.Equal(new ShapesVerdict("cyan", "triangle", null, true), ShapesChecker.Check(clip));
        Assert.Null(ShapesChecker.Check(still).Motion);
    }

    [Fact]
    public void Color_outside_the_palette_is_not_recognized()
    {
        var clip = ShapesWorld.Render(new("white", "circle", "moving left"), 4, 32);
        for (var i = 0; i < clip.Pixels.Length; i += 3)
        {
            (clip.Pixels[i], clip.Pixels[i + 1]) = ((byte)(clip.Pixels[i] / 2.5), (byte)(clip.Pixels[i + 1] / 1.7));
        }

        var verdict = ShapesChecker.Check(clip);

        Assert.Equal((null, "circle", "moving left"), (verdict.Color, verdict.Shape, verdict.Motion));
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

    /// <summary>The angle of a side of a pentagon that stands on one of its sides.</summary>
    private static double Side(int i) => (2 * Math.PI * i / 5) + (Math.PI / 2);

    /// <summary>Draws a red outline in a clip of 5 frames of 32 x 32 pixels with 64 samples per pixel.</summary>
    /// <param name="path">Offset of the centre from (9, 16) and the size of a unit, in pixels by frame; <c>null</c> for ten pixels to the right.</param>
    private static Clip Drawn(Func<double, double, bool> inside, Func<int, (double X, double Y, double Unit)>? path = null)
    {
        const int Points = 8;
        var clip = Clip.Black(5, 32, 32, 3);
        for (var f = 0; f < 5; f++)
        {
            var (left, down, unit) = path?.Invoke(f) ?? (2.5 * f, 0, 6);
            for (var i = 0; i < 32 * 32; i++)
            {
                var points = Enumerable.Range(0, Points * Points).Count(p => inside(
                    ((i % 32) + (((p % Points) + 0.5) / Points) - 9 - left) / unit, ((i / 32) + (((p / Points) + 0.5) / Points) - 16 - down) / unit));
                clip.Frame(f)[3 * i] = (byte)(255 * points / (Points * Points));
            }
        }

        return clip;
    }

    private static (int Color, int Shape, int Motion, int One) Score(
        int clips, int size, int frames, Func<Clip, Clip> change)
    {
        var (color, shape, motion, one) = (0, 0, 0, 0);
        for (var k = 0; k < clips; k++)
        {
            var truth = ShapesWorld.Combination(ShapesWorld.AllCombinations, 11, k);
            var verdict = ShapesChecker.Check(change(ShapesWorld.Render(truth, SplitMix64.Mix(11, k), size, frames)));
            color += verdict.Color == truth.Color ? 1 : 0;
            shape += verdict.Shape == truth.Shape ? 1 : 0;
            motion += verdict.Motion == truth.Motion ? 1 : 0;
            one += verdict.OneConnectedObject ? 1 : 0;
        }

        return (color, shape, motion, one);
    }

    /// <summary>Blurs with the mean of 3 x 3 pixels.</summary>
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
            // The sum of twelve uniform numbers is close enough to normal, with variance 1.
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
