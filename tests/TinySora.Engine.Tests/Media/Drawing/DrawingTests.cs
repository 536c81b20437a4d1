using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;

namespace TinySora.Engine.Tests.Media.Drawing;

public class DrawingTests
{
    [Fact]
    public void Every_printable_character_has_a_distinct_glyph()
    {
        var shapes = new HashSet<string>();
        for (var c = ' '; c <= '~'; c++)
        {
            var shape = string.Concat(Enumerable.Range(0, 45).Select(i => BitmapFont.IsSet(c, i % 5, i / 5) ? '#' : '.'));
            Assert.Equal(c == ' ', !shape.Contains('#'));
            Assert.True(shapes.Add(shape), $"'{c}' looks like another character");
        }
        Assert.Equal(95, shapes.Count);
    }

    [Fact]
    public void Letters_have_the_expected_shape()
    {
        var rows = Enumerable.Range(0, 7)
            .Select(y => string.Concat(Enumerable.Range(0, 5).Select(x => BitmapFont.IsSet('T', x, y) ? '#' : ' '))).ToArray();
        Assert.Equal("#####", rows[0]);
        Assert.All(rows[1..], row => Assert.Equal("  #  ", row));
        Assert.Equal(BitmapFont.IsSet('?', 2, 6), BitmapFont.IsSet('ü', 2, 6));
    }

    [Fact]
    public void Captions_wrap_at_words()
    {
        Assert.Equal(["a red", "circle", "moving"], BitmapFont.Wrap("a red circle  moving", 7));
        Assert.Equal(["abcd"], BitmapFont.Wrap("abcdefgh", 4));
        Assert.Equal([""], BitmapFont.Wrap("", 4));
    }

    [Fact]
    public void Contact_sheet_shows_every_frame_of_every_clip_enlarged_with_its_caption()
    {
        var clip = Clips.MovingSquare(3, 16, 20);
        var sheet = ContactSheet.Draw([(clip, "one"), (clip, "two")], columns: 2, scale: 4);
        Assert.Equal((1, 3), (sheet.Frames, sheet.Channels));
        Assert.InRange(sheet.Width, 2 * 3 * 80, 2 * 3 * 80 + 80);
        for (var item = 0; item < 2; item++)
        {
            for (var f = 0; f < 3; f++)
            {
                var left = 14 + item * (3 * 82 - 2 + 14) + f * 82;
                // The square's left edge, and the background just left of it.
                Assert.Equal(220, sheet.Pixels[3 * ((14 + 6 * 4) * sheet.Width + left + (f + 2) * 4)]);
                Assert.Equal(10, sheet.Pixels[3 * ((14 + 6 * 4) * sheet.Width + left + (f + 2) * 4 - 1)]);
            }
        }
        var captionInk = sheet.Pixels.AsSpan(3 * sheet.Width * (14 + 64)).Count((byte)38);
        Assert.InRange(captionInk, 20, 400);
    }

    [Fact]
    public void Sheet_of_middle_frames_is_as_wide_as_one_frame()
    {
        var clip = Clips.MovingSquare(5, 48, 48);
        var sheet = ContactSheet.Draw([(clip, "x")], scale: 2, allFrames: false);
        Assert.Equal(96 + 28, sheet.Width);
        Assert.Equal(220, sheet.Pixels[3 * ((14 + 12) * sheet.Width + 14 + 2 * 4)]);
    }

    [Fact]
    public void Sheet_larger_than_a_picture_can_be_is_refused()
    {
        var clips = Enumerable.Repeat(Clips.MovingSquare(5, 32, 32), 60_000).ToList();
        Assert.Equal("TinySora.Media.SheetTooLarge", Assert.Throws<TinySoraException>(() => ContactSheet.Grid(clips)).Id);
        var error = Assert.Throws<TinySoraException>(() => ContactSheet.Draw([.. clips.Select(clip => (clip, "a"))], columns: 70));
        Assert.Equal("TinySora.Media.SheetTooLarge", error.Id);
        Assert.Contains("60000 clips", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Grid_plays_all_clips_with_their_borders()
    {
        Clip[] clips = [Clips.MovingSquare(4, 16, 20), Clips.MovingSquare(2, 16, 20), Clips.Gradient(4, 16, 20)];
        var grid = ContactSheet.Grid(clips);
        Assert.Equal((4, 2 * 20, 2 * 24, 120), (grid.Frames, grid.Height, grid.Width, grid.FrameMilliseconds));
        Assert.True(grid.Frame(0)[..(2 * grid.Width * 3)].IndexOfAnyExcept((byte)0) < 0);
        for (var f = 0; f < 4; f++)
        {
            Assert.Equal(clips[0].Frame(f)[..60].ToArray(), grid.Frame(f).Slice(3 * (2 * grid.Width + 2), 60).ToArray());
            Assert.Equal(clips[1].Frame(Math.Min(f, 1))[..60].ToArray(), grid.Frame(f).Slice(3 * (2 * grid.Width + 26), 60).ToArray());
            Assert.Equal(clips[2].Frame(f)[..60].ToArray(), grid.Frame(f).Slice(3 * (22 * grid.Width + 2), 60).ToArray());
        }
    }

    [Fact]
    public void Grid_is_enlarged_without_blending_and_keeps_its_borders()
    {
        Clip[] clips = [Clips.MovingSquare(2, 4, 5), Clips.Gradient(2, 4, 5)];
        var (grid, large) = (ContactSheet.Grid(clips), ContactSheet.Grid(clips, scale: 3));
        Assert.Equal((2, 12 + 4, 2 * (15 + 4)), (large.Frames, large.Height, large.Width));
        for (var f = 0; f < 2; f++)
        {
            for (var y = 0; y < 12; y++)
            {
                for (var x = 0; x < 15; x++)
                {
                    Assert.Equal(Pixel(grid, f, 2 + (y / 3), 9 + 2 + (x / 3)), Pixel(large, f, 2 + y, 19 + 2 + x));
                }
            }
        }

        static byte[] Pixel(Clip clip, int frame, int y, int x) => clip.Frame(frame).Slice(3 * ((y * clip.Width) + x), 3).ToArray();
    }

    [Theory]
    [InlineData(0, 1000, 6, new double[] { 0, 200, 400, 600, 800, 1000 })]
    [InlineData(0.13, 0.93, 4, new[] { 0.2, 0.4, 0.6, 0.8 })]
    [InlineData(50, 20000, 6, new double[] { 0, 5000, 10000, 15000, 20000 })]
    [InlineData(5, 5, 4, new[] { 4.5, 5, 5.5 })]
    public void Linear_ticks_are_round_numbers(double low, double high, int wanted, double[] ticks) =>
        Assert.Equal(ticks, AxisScale.Linear([low, high], wanted, wholeSteps: false).Ticks.Select(t => Math.Round(t, 9)));

    [Fact]
    public void Values_that_differ_only_by_rounding_count_as_one_value_on_an_axis()
    {
        Assert.InRange(AxisScale.Linear([20, 20.000000000000004], 3, wholeSteps: true).Ticks.Count, 1, 10);
        Assert.All(AxisScale.Linear([1e-4, 1e-4], 3, wholeSteps: true).Ticks, tick => Assert.InRange(tick, 0.8e-4, 1.2e-4));
        Assert.Contains(0.0, AxisScale.Linear([0, 0], 3, wholeSteps: true).Ticks);
    }

    [Fact]
    public void Axis_ends_at_whole_steps_or_decades_around_the_data()
    {
        var linear = AxisScale.Linear([0.03, 0.93], 5, wholeSteps: true);
        Assert.Equal([0, 0.2, 0.4, 0.6, 0.8, 1.0], linear.Ticks.Select(t => Math.Round(t, 9)));
        Assert.Equal([0.02, 0.05, 0.1, 0.2, 0.5, 1], AxisScale.Logarithmic([0.03, 0.93]).Ticks.Select(t => Math.Round(t, 9)));
        var decades = AxisScale.Logarithmic([0.0004, 0.93]);
        Assert.Equal([0.0001, 0.001, 0.01, 0.1, 1], decades.Ticks.Select(t => Math.Round(t, 9)));
        Assert.Equal(0.5, decades.Position(0.01), 9);
    }

    [Fact]
    public void Chart_draws_each_series_in_its_color_and_skips_non_finite_values()
    {
        var falling = Enumerable.Range(0, 100).Select(i => ((double)i, 1.0 / (i + 1))).ToArray();
        (double, double)[] broken = [(0, 0.5), (50, double.NaN), (99, double.PositiveInfinity), (99, 0.2)];
        var chart = LineChart.Draw("Loss", "step", [("train", falling), ("test", broken)], 640, 400);
        Assert.Equal((1, 400, 640, 3), (chart.Frames, chart.Height, chart.Width, chart.Channels));
        Assert.InRange(CountColor(chart, 0, 114, 178), 500, 20_000);
        // The legend's swatch and two dots.
        Assert.InRange(CountColor(chart, 213, 94, 0), 105, 140);
    }

    [Fact]
    public void Chart_without_points_has_axes()
    {
        var chart = LineChart.Draw("", "step", [("loss", [])], logarithmicY: true);
        Assert.True(CountColor(chart, 120, 124, 132) > 500);
    }

    private static int CountColor(Clip still, byte r, byte g, byte b)
    {
        var count = 0;
        for (var i = 0; i < still.Pixels.Length; i += 3)
        {
            count += still.Pixels[i] == r && still.Pixels[i + 1] == g && still.Pixels[i + 2] == b ? 1 : 0;
        }

        return count;
    }
}
