using System.Globalization;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Frames;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Video;
using TinySora.Engine.Tests.Media;
using TinySora.Engine.Tests.Media.Video;

namespace TinySora.Engine.Tests.Data.Frames;

public sealed class FrameCaptureTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<SkippedClip> skipped = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Probability_1_keeps_every_frame_numbered_across_videos()
    {
        Write("b", 3, from: 10);
        Write("a", 2);

        Assert.Equal([("a.gif", 2), ("b.gif", 3)], Capture(new CaptureOptions { Probability = 1 }).Select(v => (Path.GetFileName(v.Path), v.Frames)));
        Assert.Equal([0, 1, 10, 11, 12], Levels());
    }

    [Fact]
    public void Videos_of_any_container_give_frames()
    {
        Needs.FFmpeg();
        Write("a", 6, extension: ".mp4");
        Assert.Equal(6, Assert.Single(Capture(new CaptureOptions { Probability = 1 })).Frames);
        var frame = ClipFile.Read(folder.File("frames", "frame_5.png"));
        Assert.Equal((1, 8, 10), (frame.Frames, frame.Height, frame.Width));
    }

    [Theory]
    [InlineData("yuv420p", "bt709")]
    [InlineData("yuv444p", "bt709")]
    [InlineData("yuv420p", "smpte170m")]
    public void Frames_are_converted_like_a_video_player_or_like_OpenCV(string format, string matrix)
    {
        Needs.FFmpeg();
        MadeVideos.Make(
            Path.Combine(Directory.CreateDirectory(folder.File("videos")).FullName, "noise.mkv"), "color=gray:size=97x55:rate=5:duration=0.4,format=yuv444p,noise=alls=100:allf=u",
            ["-vf", $"setfield=tff,format={format}", "-c:v", "ffv1", "-colorspace", matrix]);
        foreach (var isPublished in new[] { false, true })
        {
            Assert.Equal(2, Assert.Single(Capture(new CaptureOptions { Probability = 1, AsPublished = isPublished }, $"{isPublished}")).Frames);
            var expected = ClipFile.Read(folder.File("videos", "noise.mkv"), new ReadOptions { IsAsPublished = isPublished });
            Assert.Equal(expected.Pixels[..expected.FrameLength], ClipFile.Read(folder.File($"{isPublished}", "frame_0.png")).Pixels);
        }
    }

    [Fact]
    public void Share_of_kept_frames_matches_the_probability_and_repeats_for_a_seed()
    {
        Write("a", 200);
        Write("b", 200);

        var perVideo = Capture(new CaptureOptions { Probability = 0.25 }).Select(v => v.Frames).ToList();
        var first = Levels();
        Assert.InRange(first.Count, 60, 140);
        Capture(new CaptureOptions { Probability = 0.25 }, "again");
        Assert.Equal(first, Levels("again"));
        Capture(new CaptureOptions { Probability = 0.25, Seed = 1 }, "other");
        Assert.NotEqual(first, Levels("other"));

        // The selected frames differ between videos.
        Assert.NotEqual(first[..perVideo[0]], first[perVideo[0]..]);
    }

    [Fact]
    public void Second_run_changes_nothing_and_an_interrupted_one_resumes()
    {
        Write("a", 30);
        Write("b", 30, from: 100);
        var options = new CaptureOptions { Probability = 0.5 };
        var whole = Capture(options, "whole");

        Assert.Single(FrameCapture.Write([folder.File("videos")], folder.File("frames"), options, skipped.Add).Take(1));
        Assert.Equal(whole, Capture(options));
        Assert.Equal(Levels("whole"), Levels());

        var path = folder.File("frames", "frame_0.png");
        File.SetLastWriteTimeUtc(path, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(whole, Capture(options));
        Assert.Equal(2020, File.GetLastWriteTimeUtc(path).Year);
    }

    [Fact]
    public void Changed_length_of_a_video_renumbers_the_frames_of_later_videos()
    {
        Write("a", 5);
        Write("b", 4, from: 100);
        var all = new CaptureOptions { Probability = 1 };
        Capture(all);

        Write("a", 2);
        Capture(all);

        Assert.Equal([0, 1, 100, 101, 102, 103], Levels());
    }

    [Fact]
    public void Frames_of_another_run_are_refused_unless_forced_and_then_removed()
    {
        Write("a", 5);
        Capture(new CaptureOptions { Probability = 1 });
        Write("a", 3, from: 50);
        var other = new CaptureOptions { Probability = 1, Seed = 3 };

        Clips.Fails("TinySora.Data.OutputExists", () => Capture(other));
        Assert.Equal([0, 1, 2, 3, 4], Levels());
        Capture(other with { Force = true });
        Assert.Equal([50, 51, 52], Levels());
    }

    [Fact]
    public void Frames_of_the_user_are_kept()
    {
        var all = new CaptureOptions { Probability = 1 };
        var (mine, path) = (new byte[] { 1, 2, 3 }, folder.File("frames", "frame_3.png"));
        Write("a", 3);
        Capture(all);
        File.WriteAllBytes(path, mine);
        Capture(all);
        Write("b", 2, from: 100);
        for (var run = 1; run <= 2; run++)
        {
            Clips.Fails("TinySora.Data.OutputExists", () => Capture(all));
            Assert.Equal(mine, File.ReadAllBytes(path));
        }

        File.Move(path, folder.File("frames", "frame_5.png"));
        Capture(all);
        File.WriteAllBytes(folder.File("frames", "frame_4.png"), mine);
        File.Delete(folder.File("frames", "frame_1.png"));
        File.Delete(folder.File("videos", "b.gif"));
        Assert.Equal(2, Assert.Single(Capture(all)).Frames);

        Assert.Equal(
            ["frame_0.png", "frame_2.png", "frame_4.png", "frame_5.png"],
            Directory.GetFiles(folder.File("frames")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains("1 of its 3 frames were deleted", Assert.Single(skipped).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_video_is_reported_and_later_frames_have_no_gap()
    {
        Write("a", 2);
        File.WriteAllText(folder.File("videos", "b.gif"), "no film");
        Write("c", 2, from: 7);

        Assert.Equal([2, 0, 2], Capture(new CaptureOptions { Probability = 1 }).Select(v => v.Frames));
        Assert.Equal([0, 1, 7, 8], Levels());
        Assert.Equal("b.gif", Path.GetFileName(Assert.Single(skipped).Path));
    }

    [Fact]
    public void No_readable_source_is_an_error_with_the_first_reason()
    {
        Directory.CreateDirectory(folder.File("videos"));
        File.WriteAllText(folder.File("videos", "b.gif"), "no film");
        File.WriteAllText(folder.File("mnist.yaml"), "dataset_params:");
        Assert.Contains("b.gif", Clips.Fails("TinySora.Data.NoUsableVideos", () => Capture(new CaptureOptions())).Message, StringComparison.Ordinal);
        Assert.Single(skipped);

        var error = Clips.Fails("TinySora.Data.NoUsableVideos", () =>
            Assert.Empty(FrameCapture.Write([folder.File("mnist.yaml")], folder.File("other"), new CaptureOptions(), skipped.Add)));
        Assert.Contains("mnist.yaml", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.5)]
    [InlineData(double.NaN)]
    public void Probability_must_be_above_0_and_at_most_1(double probability)
    {
        Write("a", 2);
        Clips.Fails("TinySora.Data.OutOfRange", () => Capture(new CaptureOptions { Probability = probability }));
        Assert.False(Directory.Exists(folder.File("frames")));
    }

    [Fact]
    public void Missing_sources_and_those_without_a_video_are_named()
    {
        var error = Clips.Fails("TinySora.Data.SourceMissing", () => Capture(new CaptureOptions()));
        Assert.Equal((ErrorKind.ObjectNotFound, folder.File("videos")), (error.Kind, error.Target));
        Directory.CreateDirectory(folder.File("videos"));
        Clips.Fails("TinySora.Data.NoVideos", () => Capture(new CaptureOptions()));
    }

    private List<CapturedVideo> Capture(CaptureOptions options, string output = "frames") =>
        [.. FrameCapture.Write([folder.File("videos")], folder.File(output), options, skipped.Add)];

    /// <summary>Writes a video whose frame k has gray level from + k.</summary>
    private void Write(string name, int frames, int from = 0, string extension = ".gif")
    {
        Directory.CreateDirectory(folder.File("videos"));
        var clip = Clip.Black(frames, 8, 10, 3);
        for (var f = 0; f < frames; f++)
        {
            clip.Frame(f).Fill((byte)(from + f));
        }

        ClipFile.Write(folder.File("videos", name + extension), clip);
    }

    /// <summary>Returns the gray levels of frame_0.png, frame_1.png and so on, which must be the only files.</summary>
    private List<int> Levels(string output = "frames")
    {
        var levels = Enumerable.Range(0, Directory.GetFiles(folder.File(output)).Length)
            .Select(i => ClipFile.Read(folder.File(output, string.Create(CultureInfo.InvariantCulture, $"frame_{i}.png"))))
            .Select(frame => (int)frame.Pixels[0]).ToList();
        Assert.NotEmpty(levels);
        return levels;
    }
}
