using TinySora.Engine.Data;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation.Captioning;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Tests.Data.Import;

/// <summary>Limits keep a small file from an endless import without truncating a long video.</summary>
public sealed class ImportLimitTests : IDisposable
{
    private static readonly ImportOptions OneFrame = new() { Frames = 1, Size = 8 };

    private readonly TemporaryFolder folder = new();
    private readonly List<SkippedClip> skipped = [];

    public void Dispose() => folder.Dispose();

    /// <summary>
    /// Files with few frames that last for minutes or days: by the delay of a GIF, the frame rate of a y4m, or the last timestamp of a Matroska file.
    /// </summary>
    [Theory]
    [InlineData("one.gif")]
    [InlineData("many.gif")]
    [InlineData("slow.y4m")]
    [InlineData("gap.mkv")]
    public void Clips_of_a_small_file_are_limited_by_its_size(string name)
    {
        var bytes = new FileInfo(Write(name)).Length;

        var clips = Import(OneFrame, name);

        Assert.Equal(100 + (bytes / 16), clips.Count);
        Assert.Equal(clips.Count, Directory.GetFiles(folder.File("out"), "*.gif").Length);
        Assert.Contains("-MaxClipsPerVideo", Assert.Single(skipped).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Clips_of_a_linked_file_are_limited_by_the_size_of_its_target()
    {
        Needs.Links(folder.Path);
        ClipFile.Write(folder.File("target.gif"), Clip.Black(1, 1, 1, 3) with { FrameMilliseconds = 655_350 }, comment: new string('a', 1000));
        File.CreateSymbolicLink(folder.File("link.gif"), folder.File("target.gif"));

        Assert.Equal(100 + (new FileInfo(folder.File("target.gif")).Length / 16), Import(OneFrame, "link.gif").Count);
    }

    [Fact]
    public void MaxClipsPerVideo_lifts_the_limit_of_a_file()
    {
        Write("one.gif");

        Assert.Equal(150, Import(OneFrame with { MaxClipsPerVideo = 150 }, "one.gif").Count);
        Assert.Empty(skipped);
    }

    /// <summary>All frames are equal, so the file is as small as a video of this length can be.</summary>
    [Fact]
    public void Video_gives_a_clip_at_each_of_its_frames()
    {
        Needs.FFmpeg();
        FFmpegProcess.Run(FFmpeg.Find(), "film.mp4",
        [
            "-v", "error", "-f", "lavfi", "-i", "color=black:size=64x64:rate=25:duration=60", "-pix_fmt", "yuv420p", .. FFmpeg.VideoEncoder(), folder.File("film.mp4"),
        ]);

        Assert.Equal(1500, Import(OneFrame with { FramesPerSecond = 25 }, "film.mp4").Count);
        Assert.Empty(skipped);
    }

    [Fact]
    public void Import_stops_at_MaxClips_and_resumes_with_a_higher_one()
    {
        Write("one.gif");
        Write("two.gif");
        var options = OneFrame with { MaxClips = 130 };

        var error = Assert.Throws<TinySoraException>(() => Import(options, "one.gif", "two.gif"));

        Assert.Equal("TinySora.Data.TooManyClips", error.Id);
        Assert.Contains("-MaxClips", error.Advice, StringComparison.Ordinal);
        Assert.InRange(Directory.GetFiles(folder.File("out"), "*.gif").Length, 101, 130);
        Assert.Throws<TinySoraException>(() => Import(options, "one.gif", "two.gif"));
        Assert.InRange(Directory.GetFiles(folder.File("out"), "*.gif").Length, 101, 130);
        Assert.Equal(204, Import(options with { MaxClips = 1000 }, "one.gif", "two.gif").Count);
    }

    [Fact]
    public void More_clips_per_second_than_frames_are_refused_unless_their_number_is_given()
    {
        Write("one.gif");
        var dense = OneFrame with { FramesPerSecond = 1000, Stride = 0.001 };

        var error = Assert.Throws<TinySoraException>(() => Import(dense, "one.gif"));

        Assert.Equal("TinySora.Data.TooManyClipsPerSecond", error.Id);
        Assert.Contains("-MaxClipsPerVideo", error.Advice, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("out")));
        Assert.Equal(3, Import(dense with { MaxClipsPerVideo = 3 }, "one.gif").Count);
    }

    [Fact]
    public void Captioning_refuses_a_video_whose_timestamps_are_a_day_apart()
    {
        var path = Write("gap.mkv");

        var error = Assert.Throws<TinySoraException>(() => VideoCaptioner.Describe(path, new CaptioningOptions()));

        Assert.Equal("TinySora.Media.Corrupt", error.Id);
    }

    private List<DatasetClip> Import(ImportOptions options, params string[] sources) =>
    [
        .. DatasetWriter.Import(sources.Select(s => folder.File(s)), folder.File("out"), DatasetKinds.Videos, options, new ImportReport(skipped.Add, _ => { })),
    ];

    private string Write(string name)
    {
        var path = folder.File(name);
        if (name.EndsWith(".gif", StringComparison.Ordinal))
        {
            ClipFile.Write(path, Clip.Black(name == "many.gif" ? 20 : 1, 1, 1, 3) with { FrameMilliseconds = 655_350 });
            return path;
        }

        Needs.FFmpeg();
        FFmpegProcess.Run(FFmpeg.Find(), path,
        [
            "-v", "error", "-f", "lavfi", "-i", name == "slow.y4m" ? "color=red:size=16x16:rate=1/1000:duration=3000" : "color=red:size=16x16:rate=25:duration=2",
            .. name == "slow.y4m" ? (string[])["-pix_fmt", "yuv420p"]
                : ["-vf", "setpts='if(eq(N,49),100000/TB,PTS)'", .. FFmpeg.KeepFrames(), "-c:v", "mjpeg"],
            path,
        ]);
        return path;
    }
}
