using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation.Captioning;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Media;
using TinySora.Engine.Tests.Media.Video;

namespace TinySora.Engine.Tests.Evaluation.Captioning;

/// <summary>Captions and cuts of videos drawn by the tests at ten frames per second.</summary>
public class VideoCaptionerTests
{
    private const int Side = 96;

    [Fact]
    public void Video_is_split_at_its_cuts()
    {
        var captions = Describe([.. Enumerable.Repeat(Scene(0), 15), .. Enumerable.Repeat(Scene(40), 12)]);
        Assert.Equal([1, 2], captions.Select(c => c.Shot));
        Assert.Equal([0, 1.5], captions.Select(c => c.Start.TotalSeconds));
        Assert.Equal([TimeSpan.FromSeconds(1.5), null], captions.Select(c => c.Duration));
    }

    /// <summary>Of 60 frames per second, only 20 are sampled.</summary>
    [Theory]
    [InlineData("60", 60)]
    [InlineData("60", 61)]
    [InlineData("60", 62)]
    [InlineData("50", 61)]
    [InlineData("50", 62)]
    public void Cut_between_sampled_frames_is_in_no_shot(string rate, int cut)
    {
        Needs.FFmpeg();
        using var folder = new TemporaryFolder();
        MadeVideos.Make(
            folder.File("film.mp4"), $"color=black:size=64x64:rate={rate}:duration=2,geq=lum='if(lt(N,{cut}),40,200)':cb=128:cr=128", "-g", "10");
        var captions = VideoCaptioner.Describe(folder.File("film.mp4"), new());
        Assert.Equal([1, 2], captions.Select(c => c.Shot));
        var (end, start) = (captions[0].Duration!.Value.TotalSeconds * double.Parse(rate), captions[1].Start.TotalSeconds * double.Parse(rate));
        Assert.InRange(end, cut - 2.01, cut + 0.01);
        Assert.InRange(start, cut - 0.01, cut + 2.01);
    }

    /// <summary>The first frame lasts 2 s, and the others 0.1 s each.</summary>
    [Fact]
    public void Gif_with_uneven_delays_is_split_at_the_time_of_its_cut()
    {
        using var folder = new TemporaryFolder();
        List<Clip> frames = [.. Enumerable.Repeat(Scene(0), 15), .. Enumerable.Repeat(Scene(40), 12)];
        ClipFile.Write(folder.File("a.gif"), new Clip([.. frames.SelectMany(frame => frame.Pixels)], 27, Side, Side, 3, 100));
        Clips.SetDelay(folder.File("a.gif"), frame: 0, hundredths: 200);
        var second = Assert.Single(VideoCaptioner.Describe(folder.File("a.gif"), new()), caption => caption.Shot == 2);
        Assert.Equal(3.4, second.Start.TotalSeconds, 0.01);
    }

    [Fact]
    public void Long_shot_has_a_caption_every_two_seconds_and_no_short_remainder()
    {
        var captions = Describe([.. Enumerable.Repeat(Scene(0), 51)]);
        Assert.Equal([0, 2, 4], captions.Select(c => c.Start.TotalSeconds));
        Assert.Equal([0, 2], Describe([.. Enumerable.Repeat(Scene(0), 49)]).Select(c => c.Start.TotalSeconds));
    }

    [Fact]
    public void Single_caption_for_the_whole_video_counts_its_cuts()
    {
        var caption = Assert.Single(Describe(
            [.. Enumerable.Repeat(Scene(0), 8), .. Enumerable.Repeat(Scene(40), 300), .. Enumerable.Repeat(Scene(90), 9)], new() { WholeVideo = true }));
        Assert.Equal((2, TimeSpan.Zero, null), (caption.Cuts, caption.Start, caption.Duration));
        Assert.Equal("a still picture in grey, with two cuts", caption.Caption);
    }

    [Fact]
    public void Flashes_and_quick_motion_are_not_cuts()
    {
        List<Clip> flash = [.. Enumerable.Repeat(Scene(0), 20)];
        flash[9] = Scene(0, light: 110);
        Assert.Single(Describe(flash));
        Assert.Single(Describe([.. Enumerable.Range(0, 20).Select(f => Scene(9 * f))]));
    }

    [Theory]
    [InlineData(3, 0, "right")]
    [InlineData(-3, 0, "left")]
    [InlineData(0, 3, "down")]
    [InlineData(2, -2, "up and right")]
    public void Camera_motion_is_distinguished_from_moving_things(int x, int y, string way)
    {
        var caption = Assert.Single(Describe([.. Enumerable.Range(0, 20).Select(f => Scene(x * f, y * f))]));
        Assert.Equal(way, caption.Camera);
        Assert.Equal($"the camera moving {way} over grey", caption.Caption);
    }

    [Fact]
    public void Caption_of_noise_names_only_its_colors()
    {
        var random = new Random(1);
        var caption = Assert.Single(Describe([.. Enumerable.Range(0, 12).Select(_ =>
        {
            var frame = Clip.Black(1, Side, Side, 3);
            random.NextBytes(frame.Pixels);
            return frame;
        })]));
        Assert.Equal((null, null, null, null), (caption.Direction, caption.Speed, caption.Things, caption.Camera));
        Assert.StartsWith("a scene", caption.Caption, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "a scene in grey")]
    [InlineData(2, "a scene in grey")]
    [InlineData(3, "a still picture in grey")]
    public void Video_of_few_frames_is_captioned(int frames, string caption) =>
        Assert.Equal(caption, Assert.Single(Describe([.. Enumerable.Repeat(Scene(0), frames)])).Caption);

    [Fact]
    public void Thing_that_rests_at_first_counts_once()
    {
        // The thing rests for three fifths of the time, so that the background behind it becomes visible only later.
        var caption = Assert.Single(Describe([.. Enumerable.Range(0, 20).Select(f => With(Scene(0), 20 + Math.Max(0, 6 * (f - 12)), 40, 200, 30, 20))]));
        Assert.Equal((1, "red"), (caption.Things, Assert.Single(caption.Colors)));
    }

    [Fact]
    public void Two_things_have_their_own_directions_and_three_are_counted()
    {
        var two = Enumerable.Range(0, 12).Select(f => With(With(Scene(0), 10 + (5 * f), 10, 200, 30, 20), 70, 80 - (5 * f), 40, 60, 220)).ToList();
        Assert.Equal("a red object moving right and a blue object moving up before a grey background", Assert.Single(Describe(two)).Caption);
        var three = two.Select((frame, f) => With(frame, 40 - (3 * f), 70, 30, 200, 40)).ToList();
        Assert.StartsWith("three objects moving (", Assert.Single(Describe(three)).Caption, StringComparison.Ordinal);
    }

    [Fact]
    public void Thing_that_rotates_in_place_is_called_neither_moving_nor_still()
    {
        var caption = Assert.Single(Describe([.. Enumerable.Range(0, 10).Select(f => f % 2 == 0 ? Bar(30, 8) : Bar(8, 30))]));
        Assert.Equal("a green object on black", caption.Caption);
        Assert.Equal("a green object standing still on black", Assert.Single(Describe([.. Enumerable.Repeat(Bar(30, 8), 10)])).Caption);

        static Clip Bar(int width, int height)
        {
            var frame = Clip.Black(1, Side, Side, 3);
            for (var i = 0; i < width * height; i++)
            {
                frame.Pixels[(3 * ((((Side - height) / 2) + (i / width)) * Side)) + (3 * (((Side - width) / 2) + (i % width))) + 1] = 200;
            }

            return frame;
        }
    }

    [Theory]
    [InlineData(1, 28, "slowly")]
    [InlineData(4, 9, null)]
    [InlineData(9, 9, "quickly")]
    public void Speed_is_given_in_picture_widths_per_second(int pixels, int frames, string? word)
    {
        var caption = Assert.Single(Describe([.. Enumerable.Range(0, frames).Select(f => With(Scene(0), 4 + (pixels * f), 40, 200, 30, 20))]));
        Assert.Equal((word, "right"), (caption.Speed, caption.Direction));
    }

    [Fact]
    public void Table_names_videos_relative_to_itself_and_reads_back_as_written()
    {
        using var folder = new TemporaryFolder();
        VideoCaption[] captions =
        [
            new(folder.File("films/a, b.mp4"), TimeSpan.Zero, TimeSpan.FromSeconds(1.48), "a \"red\" object, moving") { Colors = ["dark grey", "red"] },
            new(folder.File("films/a, b.mp4"), TimeSpan.FromSeconds(1.48), null, "a scene"),
        ];
        VideoCaptioner.Write(folder.File("captions.csv"), captions);
        Assert.Equal(
            captions.Select(c => ("films/a, b.mp4", c.Caption, c.Start, c.Duration)),
            CaptionCsv.Read(folder.File("captions.csv")).Select(row => (row.Video, Assert.Single(row.Captions), row.Start, row.Duration)));
        Assert.Contains(",dark-grey red,", File.ReadAllText(folder.File("captions.csv")), StringComparison.Ordinal);
    }

    [Fact]
    public void Videos_are_found_once_in_the_order_of_the_sources()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "b/2.gif", "b/1.gif", "a.gif" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
            ClipFile.Write(folder.File(name), Scene(0));
        }

        File.WriteAllText(folder.File("b/notes.txt"), "no video");
        string[] expected = [folder.File("a.gif"), folder.File("b/1.gif"), folder.File("b/2.gif")];
        Assert.Equal(expected, VideoCaptioner.Find([folder.File("a.gif"), folder.File("b"), folder.File("b/1.gif")]));
        Directory.CreateDirectory(folder.File("empty"));
        Assert.Equal("TinySora.Data.NoVideos", Assert.Throws<TinySoraException>(() => VideoCaptioner.Find([folder.File("empty")])).Id);
        Assert.Equal("TinySora.Data.SourceMissing", Assert.Throws<TinySoraException>(() => VideoCaptioner.Find([folder.File("c.gif")])).Id);
    }

    [Fact]
    public void Unreadable_videos_are_skipped_unless_there_is_no_other()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("bad.gif"), "no video");
        ClipFile.Write(folder.File("good.gif"), Scene(0));
        var (skipped, progress) = (new List<SkippedClip>(), new List<ItemProgress>());
        string[] videos = [folder.File("bad.gif"), folder.File("good.gif")];

        var captions = VideoCaptioner.Describe(videos, new(), skipped.Add, new ImmediateProgress<ItemProgress>(progress.Add)).ToList();

        Assert.Equal("a scene in grey", Assert.Single(captions).Caption);
        Assert.Equal(videos[0], Assert.Single(skipped).Path);
        Assert.Equal([(1, 2), (2, 2)], progress.Select(item => (item.Done, item.Total)));
        var error = Assert.Throws<TinySoraException>(() => VideoCaptioner.Describe(videos[..1], new(), _ => { }).ToList());
        Assert.Equal("TinySora.Data.NoUsableVideos", error.Id);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(3601)]
    public void Length_of_a_stretch_is_limited(double seconds) => Assert.Equal(
        "MaxDuration", Assert.Throws<TinySoraException>(() => VideoCaptioner.Describe([], new() { Seconds = seconds }, _ => { })).Target);

    [Fact]
    public void Video_without_frames_has_no_captions()
    {
        Assert.Empty(Describe([]));
        Assert.Empty(Describe([], new() { WholeVideo = true }));
    }

    private static IReadOnlyList<VideoCaption> Describe(List<Clip> frames, CaptioningOptions? options = null) =>
        VideoCaptioner.Describe("film", options ?? new(), take => frames.ForEach(frame => take(frame, 0.1, 0.1)));

    /// <summary>A grey picture with hills that look different everywhere, seen from a position in it.</summary>
    private static Clip Scene(int x, int y = 0, int light = 0)
    {
        var frame = Clip.Black(1, Side, Side, 3);
        for (var i = 0; i < Side * Side; i++)
        {
            var (u, v) = ((i % Side) + x, (i / Side) + y);
            var value = 128 + (24 * Math.Sin(u / 3.1)) + (30 * Math.Sin((v / 2.7) + (u / 11.0))) + (20 * Math.Sin(u * v / 301.0)) + light;
            frame.Pixels.AsSpan(3 * i, 3).Fill((byte)Math.Clamp(value, 0, 255));
        }

        return frame;
    }

    /// <summary>Draws a square of 12 pixels into a frame.</summary>
    private static Clip With(Clip frame, int x, int y, byte red, byte green, byte blue)
    {
        var result = frame with { Pixels = [.. frame.Pixels] };
        for (var i = 0; i < 144; i++)
        {
            var at = 3 * (((y + (i / 12)) * Side) + x + (i % 12));
            if (x + (i % 12) < Side)
            {
                (result.Pixels[at], result.Pixels[at + 1], result.Pixels[at + 2]) = (red, green, blue);
            }
        }

        return result;
    }
}
