using TinySora.Engine.Data;
using TinySora.Engine.Data.Digits;
using TinySora.Engine.Data.Flying;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Views;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Tests.Data.Kinds;

public sealed class FlyingMnistTests : IDisposable
{
    private static readonly SyntheticKind Kind = (SyntheticKind)DatasetKinds.Find("FlyingMnist");
    private static readonly DrawOptions Small = Kind.Defaults with { Count = 2, Size = 48, Frames = 6 };
    private static readonly DrawOptions Gifs = Small with { Format = "gif" };

    /// <summary>The published defaults.</summary>
    private static readonly FlyingRules Rules = new(100, 512, 512, 50, 120, 1, 30, new FlyingOptions());

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Training_videos_and_a_tenth_as_many_for_validation_are_written_at_ten_frames_per_second()
    {
        Needs.FFmpeg();
        var clips = DatasetWriter.Draw(folder.Path, Kind, Small with { Count = 11 }).ToList();

        Assert.Equal(
            [.. Enumerable.Range(0, 11).Select(k => folder.File("train", $"{k:D5}.mp4")), folder.File("val", "00000.mp4"), folder.File("val", "00001.mp4")],
            clips.Select(c => c.Path));
        Assert.Empty(Directory.GetFiles(folder.Path, "*.txt", SearchOption.AllDirectories));
        var video = ClipFile.Read(clips[0].Path);
        Assert.Equal((6, 48, 48, 100), (video.Frames, video.Height, video.Width, video.FrameMilliseconds));
        Assert.InRange(video.Pixels.Max(), 20, 255);
        Assert.Equal((100, 512, 100, "mp4"), (Kind.Defaults.Count, Kind.Defaults.Size, Kind.Defaults.Frames, Kind.Defaults.Format));
        var again = DatasetWriter.Draw(folder.File("again"), Kind, Small).First().Path;
        Assert.Equal(File.ReadAllBytes(clips[0].Path), File.ReadAllBytes(again));
    }

    [Fact]
    public void Seed_determines_the_videos_even_after_an_interruption_and_all_differ()
    {
        Assert.Equal(3, DatasetWriter.Draw(folder.File("a"), Kind, Gifs).Count());
        Assert.Single(DatasetWriter.Draw(folder.File("b"), Kind, Gifs).Take(1));
        Assert.Equal(3, DatasetWriter.Draw(folder.File("b"), Kind, Gifs).Count());
        Assert.Equal(3, DatasetWriter.Draw(folder.File("c"), Kind, Gifs with { Seed = 1 }).Count());

        Assert.Equal(Videos("a"), Videos("b"));
        Assert.Equal(6, Videos("a").Concat(Videos("c")).Distinct().Count());
        // More videos can be drawn later, and existing ones stay the same.
        Assert.Equal(13, DatasetWriter.Draw(folder.File("b"), Kind, Gifs with { Count = 11 }).Count());
        Assert.Superset(Videos("a").ToHashSet(), Videos("b").ToHashSet());

        IEnumerable<string> Videos(string name) => Directory.GetFiles(folder.File(name), "*.gif", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).Select(path => Convert.ToHexString(File.ReadAllBytes(path)));
    }

    [Fact]
    public void Digit_flies_straight_at_its_speed_and_bounces_at_the_edges()
    {
        var random = new SplitMix64(3);
        var speeds = new HashSet<int>();
        var sides = new HashSet<int>();
        var turns = 0;
        for (var n = 0; n < 400; n++)
        {
            var digit = FlyingDigit.Draw(new DrawnDigits(), Rules, ref random);
            sides.Add(digit.Side);
            Assert.Equal(101, digit.Places.Count);
            Assert.All(digit.Places, p => Assert.True(p.X is >= 0 and <= 391 && p.Y is >= 0 and <= 391));
            Assert.Equal((Math.Floor(digit.Places[0].X), Math.Floor(digit.Places[0].Y)), digit.Places[0]);
            var steps = digit.Places.Zip(digit.Places.Skip(1), (a, b) => (X: b.X - a.X, Y: b.Y - a.Y)).ToList();
            var speed = Math.Sqrt((steps[0].X * steps[0].X) + (steps[0].Y * steps[0].Y));
            Assert.Equal(Math.Round(speed), speed, 1e-9);
            speeds.Add((int)Math.Round(speed));
            for (var f = 1; f < 100; f++)
            {
                Check(digit.Places[f].X, steps[f - 1].X, steps[f].X);
                Check(digit.Places[f].Y, steps[f - 1].Y, steps[f].Y);
            }
        }

        Assert.Equal(Enumerable.Range(10, 30), speeds.Order());
        Assert.Equal(Enumerable.Range(50, 70), sides.Order());
        Assert.InRange(turns, 1000, 100_000);

        void Check(double place, double before, double now)
        {
            var wouldLeave = place + before < 0 || place + before > 391;
            Assert.Equal(wouldLeave ? -before : before, now, 1e-9);
            turns += wouldLeave ? 1 : 0;
        }
    }

    [Fact]
    public void About_half_of_the_digits_leave_at_the_edges_on_request()
    {
        var rules = Rules with { Options = new FlyingOptions { LeavingDigits = true } };
        var random = new SplitMix64(4);
        var (contacts, left) = (0, 0);
        for (var n = 0; n < 500; n++)
        {
            var places = FlyingDigit.Draw(new DrawnDigits(), rules, ref random).Places;
            var outside = places.Select(p => p.X is < 0 or > 391 || p.Y is < 0 or > 391).ToList();
            var first = outside.IndexOf(true);
            var end = first < 0 ? places.Count - 1 : first;
            contacts += first < 0 ? 0 : 1;
            left += first < 0 ? 0 : 1;
            for (var f = 1; f < end; f++)
            {
                contacts += Turns(places[f - 1].X, places[f].X, places[f + 1].X) || Turns(places[f - 1].Y, places[f].Y, places[f + 1].Y) ? 1 : 0;
            }

            Assert.All(outside.Skip(end + 1), o => Assert.Equal(first >= 0, o));
        }

        Assert.InRange((double)left / contacts, 0.42, 0.58);

        static bool Turns(double a, double b, double c) => (b - a) * (c - b) < 0;
    }

    [Fact]
    public void One_to_eight_digits_in_21_levels_per_channel_are_drawn()
    {
        var (clip, _) = Kind.Open(Small)(0);
        var colors = new HashSet<int>();
        var random = new SplitMix64(5);
        for (var n = 0; n < 400; n++)
        {
            var (red, green, blue) = FlyingDigit.Draw(new DrawnDigits(), Rules, ref random).Color;
            colors.UnionWith([red, green, blue]);
        }

        Assert.Equal(3, clip.Channels);
        Assert.Equal(Enumerable.Range(4, 21), colors.Order());
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], Counts(new FlyingOptions()));
        Assert.Equal([1, 2], Counts(new FlyingOptions { MaxDigits = 2 }));

        // Digits visible in a picture with room for all.
        IEnumerable<int> Counts(FlyingOptions flying)
        {
            var options = Small with { Size = 256, Frames = 1, Flying = flying with { Segmentation = true, MinDigitSize = 8, MaxDigitSize = 12 } };
            var draw = Kind.Open(options);
            return Enumerable.Range(0, 80).Select(k => Masks(draw, k, 1)[0].Max(i => (int)i)).Distinct().Order();
        }
    }

    [Fact]
    public void Digit_pixels_above_a_level_have_its_color_and_later_digits_cover_earlier_ones()
    {
        var grays = Enumerable.Range(0, 16).Select(i => (byte)(i * 17)).ToArray();
        var first = new FlyingDigit(grays, 4, 150, (24, 12, 4), [(1.9, 2.2), (-2, 5)]);
        var second = new FlyingDigit([.. Enumerable.Repeat((byte)240, 9)], 3, 150, (4, 24, 24), [(3.5, 4), (20, 20)]);
        var clip = new FlyingScene([first, second], 2, 8, 8).Paint();

        for (var i = 0; i < 64; i++)
        {
            var (y, x) = (i / 8, i % 8);
            var isSecond = x is >= 3 and < 6 && y is >= 4 and < 7;
            var gray = isSecond ? 240 : x is >= 1 and < 5 && y is >= 2 and < 6 ? grays[((y - 2) * 4) + x - 1] : 0;
            var parts = isSecond ? new[] { 4, 24, 24 } : gray > 150 ? [24, 12, 4] : [0, 0, 0];
            Assert.Equal(parts.Select(p => (byte)(gray * p / 24)), clip.Frame(0).Slice(3 * i, 3).ToArray());
        }

        // One digit with two columns and three rows inside, and one completely outside.
        byte[] seen = [.. Enumerable.Range(0, 64).Select(i => clip.Frame(1)[3 * i]).Where(v => v > 0)];
        Assert.Equal([170, 187], seen);
        Assert.Equal(187, clip.Frame(1)[3 * ((7 * 8) + 1)]);
    }

    [Fact]
    public void White_digits_of_chosen_labels_sizes_and_speeds_are_drawn()
    {
        WriteMnist("train");
        var flying = new FlyingOptions { Digits = [7], WhiteDigits = true, MinDigitSize = 56, MaxDigitSize = 57, MaxSpeed = 1, MaxDigits = 1 };
        var options = Small with { Size = 128, Flying = flying, DigitsPath = folder.Path };
        var draw = Kind.Open(options);
        for (var k = 0; k < 6; k++)
        {
            var clip = draw(k).Clip;
            var places = new List<(int X, int Y)>();
            for (var f = 0; f < clip.Frames; f++)
            {
                var pixels = clip.Frame(f).ToArray();
                var lit = Enumerable.Range(0, 128 * 128).Where(i => pixels[3 * i] > 0).ToList();
                Assert.All(lit, i => Assert.True(pixels[3 * i] == pixels[(3 * i) + 1] && pixels[3 * i] == pixels[(3 * i) + 2] && pixels[3 * i] > 150));
                places.Add((lit.Min(i => i % 128), lit.Min(i => i / 128)));
                // The test digit d has d + 1 of 28 bright columns; here it has twice the size.
                Assert.Equal((56, 2 * 8), (lit.Max(i => i / 128) - places[^1].Y + 1, lit.Max(i => i % 128) - places[^1].X + 1));
            }

            Assert.All(places.Zip(places.Skip(1)), p => Assert.InRange(
                Math.Sqrt(Math.Pow(p.Second.X - p.First.X, 2) + Math.Pow(p.Second.Y - p.First.Y, 2)), 10 - 1.5, 10 + 1.5));
        }
    }

    [Fact]
    public void Masks_are_palette_pictures_that_identify_the_digit_of_each_pixel()
    {
        var draw = Kind.Open(Small with { Size = 64, Width = 80, Flying = new FlyingOptions { Segmentation = true } });
        for (var k = 0; k < 5; k++)
        {
            var clip = draw(k).Clip;
            var masks = Masks(draw, k, clip.Frames);
            for (var f = 0; f < clip.Frames; f++)
            {
                var pixels = clip.Frame(f).ToArray();
                Assert.All(Enumerable.Range(0, masks[f].Length), i => Assert.Equal(masks[f][i] > 0, pixels.AsSpan(3 * i, 3).ContainsAnyExcept((byte)0)));
            }
        }
    }

    [Fact]
    public void Optical_flow_is_the_motion_of_each_visible_digit_to_the_next_frame()
    {
        WriteMnist("train");
        var flying = new FlyingOptions { OpticalFlow = true, Segmentation = true, MinDigitSize = 20, MaxDigitSize = 21, MaxSpeed = 5, MaxDigits = 1 };
        var draw = Kind.Open(Small with { Size = 96, Width = 128, Frames = 12, Flying = flying, DigitsPath = folder.Path });
        var moved = 0;
        for (var k = 0; k < 4; k++)
        {
            var masks = Masks(draw, k, 12);
            for (var f = 0; f < 12; f++)
            {
                var bytes = File.ReadAllBytes(folder.File("clip", "OpticalFlow", "00000", $"{f:D5}.flo"));
                Assert.Equal(202021.25f, BitConverter.ToSingle(bytes, 0));
                Assert.Equal((128, 96, 12 + (8 * 96 * 128)), (BitConverter.ToInt32(bytes, 4), BitConverter.ToInt32(bytes, 8), bytes.Length));
                var flow = Enumerable.Range(0, 96 * 128).Select(i => (Right: BitConverter.ToSingle(bytes, 12 + (8 * i)), Down: BitConverter.ToSingle(bytes, 16 + (8 * i)))).ToArray();
                Assert.All(Enumerable.Range(0, flow.Length), i => Assert.Equal(masks[f][i] > 0, flow[i] != (0, 0)));
                var way = Assert.Single(flow.Where(v => v != (0, 0)).Distinct());
                if (f < 11)
                {
                    // Positions of drawn digits are whole pixels.
                    var (here, next) = (Corner(masks[f]), Corner(masks[f + 1]));
                    Assert.InRange((way.Right * 128) - (next.X - here.X), -1, 1);
                    Assert.InRange((way.Down * 96) - (next.Y - here.Y), -1, 1);
                    moved++;
                }
            }
        }

        Assert.Equal(44, moved);

        static (int X, int Y) Corner(byte[] mask)
        {
            var seen = Enumerable.Range(0, mask.Length).Where(i => mask[i] > 0).ToList();
            return (seen.Min(i => i % 128), seen.Min(i => i / 128));
        }
    }

    [Fact]
    public void Masks_and_flow_are_next_to_the_videos_and_are_not_clips()
    {
        Needs.FFmpeg();
        var options = Small with { Count = 1, Flying = new FlyingOptions { Segmentation = true, OpticalFlow = true } };
        Assert.Equal(2, DatasetWriter.Draw(folder.Path, Kind, options).Count());

        foreach (var split in (string[])["train", "val"])
        {
            Assert.Equal(Enumerable.Range(0, 6).Select(f => $"{f:D5}.png"), Names(split, "Annotations"));
            Assert.Equal(Enumerable.Range(0, 6).Select(f => $"{f:D5}.flo"), Names(split, "OpticalFlow"));
        }

        Assert.Equal(2, DatasetSummary.FromFolder(folder.Path).Count);

        IEnumerable<string> Names(string split, string what) =>
            Directory.GetFiles(folder.File(split, what, "00000")).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void Digits_come_from_training_or_test_files_and_missing_ones_are_named()
    {
        WriteMnist("train");
        Assert.Equal(1, Kind.Open(Small with { DigitsPath = folder.Path })(0).Clip.Frames / 6);
        var test = Small with { DigitsPath = folder.Path, Flying = new FlyingOptions { TestDigits = true } };
        var error = Assert.Throws<TinySoraException>(() => Kind.Open(test));
        Assert.Equal("TinySora.Data.DigitsMissing", error.Id);
        Assert.All(["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"],
            name => Assert.Contains(name, error.Message, StringComparison.Ordinal));

        WriteMnist("t10k", level: 255);
        Assert.NotEqual(Kind.Open(Small with { DigitsPath = folder.Path })(0).Clip.Pixels, Kind.Open(test)(0).Clip.Pixels);
    }

    [Fact]
    public void Sizes_and_speeds_scale_with_the_picture()
    {
        var draw = Kind.Open(Small with { Size = 128, Frames = 20, Flying = new FlyingOptions { Segmentation = true, OpticalFlow = true, MaxDigits = 1 } });
        for (var k = 0; k < 8; k++)
        {
            var masks = Masks(draw, k, 20);
            Assert.All(masks, m => Assert.InRange(m.Count(i => i > 0), 10, 30 * 30));
            var bytes = File.ReadAllBytes(folder.File("clip", "OpticalFlow", "00000", "00000.flo"));
            var at = Array.FindIndex(masks[0], i => i > 0);
            var (right, down) = (BitConverter.ToSingle(bytes, 12 + (8 * at)) * 128, BitConverter.ToSingle(bytes, 16 + (8 * at)) * 128);
            Assert.InRange(Math.Sqrt((right * right) + (down * down)), 2.49, 9.76);
        }
    }

    [Fact]
    public void Numbers_out_of_range_are_named_by_their_parameter()
    {
        Assert.Contains("-ImageSize is 16", Refused(Small with { Size = 16 }), StringComparison.Ordinal);
        Assert.Contains("-Width is 4000", Refused(Small with { Width = 4000 }), StringComparison.Ordinal);
        Assert.Contains("-Frames is 400", Refused(Small with { Size = 1024, Frames = 400 }), StringComparison.Ordinal);
        Assert.Contains("-Count is 1000001", Refused(Small with { Count = 1_000_001 }), StringComparison.Ordinal);
        Assert.Contains("-MaxDigits is 0", Refused(Small with { Flying = new FlyingOptions { MaxDigits = 0 } }), StringComparison.Ordinal);
        Assert.Contains("-Digits is 1,10", Refused(Small with { Flying = new FlyingOptions { Digits = [1, 10] } }), StringComparison.Ordinal);
        Assert.Contains("-MaxDigitSize is 48", Refused(Small with { Flying = new FlyingOptions { MaxDigitSize = 48 } }), StringComparison.Ordinal);
        Assert.Contains("-MinDigitSize is 12", Refused(Small with { Flying = new FlyingOptions { MinDigitSize = 12, MaxDigitSize = 12 } }), StringComparison.Ordinal);
        Assert.Contains("-MaxSpeed is 0", Refused(Small with { Flying = new FlyingOptions { MaxSpeed = 0 } }), StringComparison.Ordinal);

        string Refused(DrawOptions options)
        {
            var error = Assert.Throws<TinySoraException>(() => DatasetWriter.Draw(folder.File("refused"), Kind, options));
            Assert.Equal("TinySora.Data.OutOfRange", error.Id);
            return error.Message;
        }
    }

    /// <summary>Returns the digits in the masks of clip k, decoded from the colors of PASCAL VOC.</summary>
    private byte[][] Masks(Func<int, CaptionedClip> draw, int k, int frames)
    {
        (byte, byte, byte)[] voc =
            [(0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0), (0, 0, 128), (128, 0, 128), (0, 128, 128), (128, 128, 128), (64, 0, 0)];
        draw(k).WriteSidecars!(folder.File("clip", "00000.mp4"), CancellationToken.None);
        return [.. Enumerable.Range(0, frames).Select(f =>
        {
            var path = folder.File("clip", "Annotations", "00000", $"{f:D5}.png");
            // The color type is palette.
            Assert.Equal(3, File.ReadAllBytes(path)[25]);
            var picture = Resample.ToChannels(ClipFile.Read(path), 3).Pixels;
            return Enumerable.Range(0, picture.Length / 3)
                .Select(i => (byte)Array.IndexOf(voc, (picture[3 * i], picture[(3 * i) + 1], picture[(3 * i) + 2]))).ToArray();
        })];
    }

    /// <summary>Writes ten images in which the digit d has d + 1 bright columns.</summary>
    private void WriteMnist(string split, byte level = 200)
    {
        var pixels = Enumerable.Range(0, 10 * 28 * 28).Select(i => (byte)(i % 28 <= i / 784 ? level : 0)).ToArray();
        File.WriteAllBytes(folder.File($"{split}-images-idx3-ubyte"), [0, 0, 8, 3, 0, 0, 0, 10, 0, 0, 0, 28, 0, 0, 0, 28, .. pixels]);
        File.WriteAllBytes(folder.File($"{split}-labels-idx1-ubyte"), [0, 0, 8, 1, 0, 0, 0, 10, .. Enumerable.Range(0, 10).Select(d => (byte)d)]);
    }
}
