using TinySora.Engine.Data;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Tests.Data.Kinds;

public sealed class SyntheticObjectsTests : IDisposable
{
    private const int Size = 64;

    private static readonly SyntheticKind Kind = (SyntheticKind)DatasetKinds.Find("syntheticobjects");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Captions_are_all_different_and_repeat_for_a_seed()
    {
        var clips = Draw("a", 40, seed: 3);

        Assert.Equal(40, clips.Select(c => c.Caption).Distinct().Count());
        Assert.All(clips, c => Assert.Equal((10, 64, 64), ClipFile.Read(c.Path) is var read ? (read.Frames, read.Height, read.Width) : default));
        Assert.Equal(clips.Select(c => c.Caption), Draw("b", 40, seed: 3).Select(c => c.Caption));
        Assert.All(clips, c => Assert.Equal(File.ReadAllBytes(c.Path), File.ReadAllBytes(folder.File("b", Path.GetFileName(c.Path)))));
        Assert.NotEqual(clips.Select(c => c.Caption), Draw("c", 40, seed: 4).Select(c => c.Caption));
    }

    [Fact]
    public void Every_clip_is_next_to_its_caption()
    {
        Assert.Equal(40, Draw("a", 40, seed: 3).Count);

        var files = Directory.GetFiles(folder.File("a"), "*.gif");
        Assert.Equal(40, files.Length);
        foreach (var file in files)
        {
            var caption = File.ReadAllText(Path.ChangeExtension(file, ".txt")).Trim();
            var problem = Record.Exception(() => Check(SyntheticObjects.All.Single(o => o.Caption == caption), ClipFile.Read(file)));
            Assert.True(problem is null, $"{file}, {caption}: {problem}");
        }
    }

    [Fact]
    public void All_possible_captions_differ_and_more_clips_than_captions_are_refused()
    {
        // Moving, bouncing and rotating at three speeds, and three other animations; 4 shapes, 9 x 8 colors, 4 patterns.
        Assert.Equal(12 * 4 * 72 * 4, SyntheticObjects.All.Count);
        Assert.Equal(SyntheticObjects.All.Count, SyntheticObjects.All.Select(o => o.Caption).Distinct().Count());
        Assert.Contains("an orange star bouncing up and down quickly on a white background with blue dots", SyntheticObjects.All.Select(o => o.Caption));
        Assert.Contains("a circle changing color from red on an orange background", SyntheticObjects.All.Select(o => o.Caption));
        Assert.Equal("TinySora.Data.OutOfRange", Assert.Throws<TinySoraException>(() => Draw("a", 13_825, 0)).Id);
    }

    [Fact]
    public void Clip_that_does_not_fit_into_memory_is_refused()
    {
        var error = Assert.Throws<TinySoraException>(() => Draw("a", 1, 0, o => o with { Size = 1024, Frames = 1024 }));
        Assert.Equal("TinySora.Data.OutOfRange", error.Id);
        Assert.Contains("-Frames is 1024; expected 1 to 341", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("a")));
    }

    [Fact]
    public void Clips_scale_with_the_picture()
    {
        var clip = Assert.Single(Draw("a", 1, 0, o => o with { Size = 128, Frames = 3 }));

        Assert.Equal((3, 128, 128), ClipFile.Read(clip.Path) is var read ? (read.Frames, read.Height, read.Width) : default);
    }

    /// <summary>Checks every animation with every shape on every pattern, as decoded from a GIF.</summary>
    [Fact]
    public void Pixels_show_what_the_caption_says()
    {
        var shown = SyntheticObjects.All.GroupBy(o => (o.Animation, o.Shape, o.Pattern, o.Speed))
            .Select((g, i) => g.ElementAt(i % g.Count())).ToList();
        Assert.Equal(12 * 4 * 4, shown.Count);
        for (var k = 0; k < shown.Count; k++)
        {
            ClipFile.Write(folder.File("x.gif"), SyntheticScene.Draw(shown[k], new SplitMix64((ulong)k), Size, 10));
            var problem = Record.Exception(() => Check(shown[k], ClipFile.Read(folder.File("x.gif"))));
            Assert.True(problem is null, $"{shown[k].Caption}: {problem}");
        }
    }

    private static void Check(SyntheticObject shown, Clip clip)
    {
        var frames = Enumerable.Range(0, 10).Select(f => Colors(clip, f)).ToArray();
        var colors = frames[0].Distinct().Where(c => c != White).ToDictionary(Name);
        Assert.Equal(new[] { shown.Color, shown.Background }.Order(StringComparer.Ordinal), colors.Keys.Order(StringComparer.Ordinal));
        var ground = colors[shown.Background];
        var masks = frames.Select(frame => Array.ConvertAll(frame, c => c != White && c != ground)).ToArray();
        CheckGround(shown.Pattern, frames[0], masks[0], ground);
        for (var f = 1; f < 10; f++)
        {
            var (now, first) = (frames[f], frames[0]);
            Assert.True(Enumerable.Range(0, now.Length).All(i => masks[f][i] || masks[0][i] || now[i] == first[i]), "The background changes.");
        }

        CheckSpeed(shown.Speed, clip.FrameMilliseconds);
        CheckMotion(shown, clip, masks);
    }

    private static void CheckGround(Pattern pattern, (byte, byte, byte)[] frame, bool[] mask, (byte, byte, byte) ground)
    {
        var marked = frame.Select((c, i) => mask[i] ? (bool?)null : c == ground).ToArray();
        bool Expected(int i) => pattern == Pattern.Solid || (pattern == Pattern.Stripes ? i / Size % 8 == 0 : i % Size % 10 < 2 && i / Size % 10 < 2);
        if (pattern == Pattern.Dots)
        {
            Assert.InRange(marked.Count(m => m == true), 40, 20 * 25);
            return;
        }

        Assert.True(Enumerable.Range(0, marked.Length).All(i => marked[i] is null || marked[i] == Expected(i)), "The pattern is another.");
    }

    /// <summary>The frame time is floor(100 / speed), in a GIF's hundredths of a second.</summary>
    private static void CheckSpeed(string? word, int milliseconds)
    {
        var (least, most) = word switch { "quickly" => (50, 70), "steadily" => (60, 130), "slowly" => (120, 200), _ => (50, 200) };
        Assert.InRange(milliseconds, least, most);
    }

    private static void CheckMotion(SyntheticObject shown, Clip clip, bool[][] masks)
    {
        var areas = masks.Select(m => m.Count(covered => covered)).ToArray();
        var (x, y) = (masks.Select(m => Mean(m, i => i % Size)).ToArray(), masks.Select(m => Mean(m, i => i / Size)).ToArray());
        var speed = 100.0 / clip.FrameMilliseconds;
        switch (shown.Animation)
        {
            case Animation.Moving:
                var shifts = masks.Select(m => Shift(masks[0], m)).ToArray();
                Assert.All(shifts, (n, f) => Assert.InRange(Differences(masks[f], Shift(masks[0], n)), 0, 3));
                Assert.All(shifts.Skip(1), (n, f) => Assert.InRange((n - shifts[f] + Size) % Size, (5 * speed * 0.9) - 1.5, (5 * speed * 1.1) + 1.5));
                Assert.Equal(shown.Shape, Shape(masks[0]));
                break;
            case Animation.Growing:
                Assert.All(areas.Skip(1), (area, f) => Assert.True(area > areas[f]));
                Assert.Equal((shown.Shape, "growing"), Verdict(masks) is var growing ? (growing.Shape, growing.Motion) : default);
                break;
            case Animation.Bouncing:
                Assert.All(areas, area => Assert.InRange(area, areas[0] * 0.9, areas[0] * 1.1));
                Assert.All(x, v => Assert.InRange(v - x[0], -0.5, 0.5));
                Assert.InRange(y.Max() - y[0], 15, 20.5);
                Assert.All(masks, mask => Assert.Equal(shown.Shape, Shape(mask)));
                break;
            case Animation.Rotating:
                Assert.All(areas, area => Assert.InRange(area, areas[0] * 0.85, areas[0] * 1.15));
                Assert.InRange(Differences(masks[0], masks[3]), 8, Size * Size);
                Assert.All(x.Concat(y), v => Assert.InRange(v, 25.5, 37.5));
                Assert.True(shown.Shape == "circle" || Shape(masks[0]) == shown.Shape, "It begins as another shape.");
                break;
            case Animation.ChangingColor:
                Assert.All(masks, m => Assert.Equal(masks[0], m));
                var shades = Enumerable.Range(0, 10).Select(f => Colors(clip, f)[Array.IndexOf(masks[0], true)]).ToArray();
                Assert.All(shades.Skip(1), (shade, f) => Assert.NotEqual(shades[f], shade));
                Assert.Equal(shown.Shape, Shape(masks[0]));
                break;
            default:
                Assert.All(y, v => Assert.InRange(v - y[0], -0.7, 0.7));
                var rows = Enumerable.Range(0, Size).Where(r => masks[0].AsSpan(r * Size, Size).Contains(true)).ToList();
                Assert.InRange(rows[^1] - rows[0] + 1, 30 + 8, 30 + 21);

                // Rounding to whole pixels moves each of the three by a pixel.
                Assert.All(masks, (mask, f) => Assert.InRange(Shift(masks[0], mask), Math.Floor(speed * f * 0.9) - 1, (speed * f * 1.1) + 1));
                break;
        }
    }

    /// <summary>Returns what the checker of the shapes world, made for antialiased shapes on black, sees in the masks.</summary>
    private static ShapesVerdict Verdict(bool[][] masks)
    {
        var clip = Clip.Black(masks.Length, Size, Size, 3);
        for (var i = 0; i < clip.Pixels.Length; i += 3)
        {
            clip.Pixels[i] = masks[i / clip.FrameLength][i % clip.FrameLength / 3] ? (byte)255 : (byte)0;
        }

        return ShapesChecker.Check(clip);
    }

    private static readonly (byte, byte, byte) White = (255, 255, 255);

    private static string Name((byte Red, byte Green, byte Blue) color) => ColorNames.Nearest(color.Red, color.Green, color.Blue);

    private static (byte, byte, byte)[] Colors(Clip clip, int frame)
    {
        var pixels = clip.Frame(frame);
        var colors = new (byte, byte, byte)[Size * Size];
        for (var i = 0; i < colors.Length; i++)
        {
            colors[i] = (pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]);
        }

        return colors;
    }

    private static double Mean(bool[] mask, Func<int, int> coordinate) =>
        Enumerable.Range(0, mask.Length).Where(i => mask[i]).Average(coordinate);

    /// <summary>Shifts a mask to the right with wraparound.</summary>
    private static bool[] Shift(bool[] mask, int columns)
    {
        var shifted = new bool[mask.Length];
        for (var row = 0; row < mask.Length; row += Size)
        {
            mask.AsSpan(row, Size - columns).CopyTo(shifted.AsSpan(row + columns));
            mask.AsSpan(row + Size - columns, columns).CopyTo(shifted.AsSpan(row));
        }

        return shifted;
    }

    /// <summary>Returns by how many columns one mask must move right to match the other best.</summary>
    private static int Shift(bool[] from, bool[] to) => Enumerable.Range(0, Size).MinBy(n => Differences(to, Shift(from, n)));

    /// <summary>Centres a mask that may wrap around the edge.</summary>
    private static string? Shape(bool[] mask)
    {
        var empty = Enumerable.Range(0, Size).Where(x => !Enumerable.Range(0, Size).Any(y => mask[(y * Size) + x])).ToList();
        return Verdict([.. Enumerable.Repeat(Shift(mask, empty.Count == 0 ? 0 : Size - 1 - empty[empty.Count / 2]), 2)]).Shape;
    }

    private static int Differences(bool[] a, bool[] b)
    {
        var count = 0;
        for (var i = 0; i < a.Length; i++)
        {
            count += a[i] == b[i] ? 0 : 1;
        }

        return count;
    }

    private List<DatasetClip> Draw(string name, int count, long seed, Func<DrawOptions, DrawOptions>? change = null)
    {
        var options = Kind.Defaults with { Count = count, Seed = seed };
        return [.. DatasetWriter.Draw(folder.File(name), Kind, change?.Invoke(options) ?? options)];
    }
}
