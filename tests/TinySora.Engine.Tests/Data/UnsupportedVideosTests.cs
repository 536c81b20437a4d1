using System.IO.Compression;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Doctor;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Views;
using TinySora.Engine.Evaluation.Captioning;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Media;
using TinySora.Engine.Tests.Media.Video;

namespace TinySora.Engine.Tests.Data;

/// <summary>Every file that looks like a video is either read or reported.</summary>
public sealed class UnsupportedVideosTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("camera.MTS", "mpegts", "libx264")]
    [InlineData("disc.m2ts", "mpegts", "mpeg2video")]
    [InlineData("dvd.vob", "vob", "mpeg2video")]
    [InlineData("one.mpg", "mpeg", "mpeg1video")]
    [InlineData("windows.wmv", "asf", "wmv2")]
    [InlineData("phone.3gp", "3gp", "mpeg4")]
    [InlineData("phone.3g2", "3g2", "mpeg4")]
    [InlineData("free.ogv", "ogg", "libtheora")]
    [InlineData("old.qt", "mov", "mpeg4")]
    [InlineData("flash.F4V", "mp4", "libx264")]
    [InlineData("studio.mxf", "mxf", "mpeg2video")]
    [InlineData("raw.h264", "h264", "libx264")]
    [InlineData("raw.m2v", "mpeg2video", "mpeg2video")]
    [InlineData("raw.ivf", "ivf", "libvpx")]
    [InlineData("real.rm", "rm", "rv20")]
    [InlineData("some.nut", "nut", "mpeg4")]
    [InlineData("divx.divx", "avi", "mpeg4")]
    public void Every_common_video_format_is_a_clip(string name, string format, string encoder)
    {
        MadeVideos.Need(encoder: encoder);
        MadeVideos.Make(folder.File(name), "testsrc=size=352x288:rate=25:duration=1", "-pix_fmt", "yuv420p", "-c:v", encoder, "-f", format);
        Assert.Equal(name, Assert.Single(ClipSource.Find(folder.Path)).Name);
        Assert.InRange(ClipFile.Read(folder.File(name)).Frames, 24, 26);
        Assert.Empty(UnsupportedVideos.Find(folder.Path));
    }

    [Fact]
    public void Video_format_that_is_not_read_is_reported_by_all_folder_readers()
    {
        Needs.FFmpeg();
        ClipFile.Write(folder.File("good.gif"), Clips.MovingSquare(8));
        File.WriteAllText(folder.File("good.txt"), "a red square");
        File.WriteAllText(folder.File("films.srt"), "1\n00:00:01,000 --> 00:00:20,000\nhello\n");
        File.WriteAllBytes(folder.File("sound.mp3"), [.. "ID3"u8, .. new byte[600]]);
        File.WriteAllBytes(folder.File("flash.swf"), [.. "FWS"u8, .. new byte[600]]);
        File.WriteAllBytes(folder.File("game.BIK"), [.. "BIKi"u8, .. new byte[600]]);
        File.WriteAllBytes(folder.File("loop.webp"), [.. "RIFF"u8, 40, 0, 0, 0, .. "WEBPVP8X"u8, 10, 0, 0, 0, 0x12, 0, 0, 0, 31, 0, 0, 31, 0, 0, .. "ANIM"u8]);
        ClipFile.Write(folder.File("film.mp4"), Clips.MovingSquare(8));
        File.Move(folder.File("film.mp4"), folder.File("film.mp4.part"));
        File.Copy(folder.File("film.mp4.part"), folder.File("nameless"));
        File.Copy(folder.File("good.gif"), folder.File("gif.tmp"));
        MadeVideos.Make(folder.File("loop.png"), "testsrc=size=32x24:rate=10:duration=0.5", "-f", "apng");
        string[] expected = ["film.mp4.part", "flash.swf", "game.BIK", "gif.tmp", "loop.png", "loop.webp", "nameless"];

        var import = new List<SkippedClip>();
        var clips = DatasetWriter.Import(
            [folder.Path], folder.File("out"), DatasetKinds.Videos, new ImportOptions { Size = 8, Frames = 2 }, new ImportReport(import.Add, _ => { })).ToList();
        Assert.All(clips, clip => Assert.StartsWith("good-", Path.GetFileName(clip.Path), StringComparison.Ordinal));
        Directory.Delete(folder.File("out"), recursive: true);
        var caption = new List<SkippedClip>();
        VideoCaptioner.Find([folder.Path], skipped: caption.Add);
        using var training = ClipDataset.Open(folder.Path, new ClipRequirements(new ClipShape(3, 2, 8), new("frames", "height", "width")));
        var frames = new List<SkippedClip>();
        Assert.NotEmpty(Engine.Data.Frames.FrameCapture.Write([folder.Path], folder.File(".frames"), new() { Probability = 1 }, frames.Add).ToList());

        foreach (var named in new IEnumerable<SkippedClip>[] { import, caption, training.Skipped, frames, DatasetSummary.FromFolder(folder.Path).Unreadable })
        {
            Assert.Equal(expected, named.Select(clip => Path.GetFileName(clip.Path)));
            Assert.All(named, clip => Assert.StartsWith("it is a", clip.Reason, StringComparison.Ordinal));
        }

        var problems = DatasetDoctor.Examine(folder.Path).ToList();
        Assert.Equal(expected, problems.Select(problem => Path.GetFileName(problem.Path)));
        Assert.All(problems, problem => Assert.Equal((ClipProblemKind.OtherFormat, true), (problem.Problem, problem.Fix.EndsWith('.'))));
    }

    [Fact]
    public void Archive_reports_entries_that_are_not_read()
    {
        ClipFile.Write(folder.File("good.gif"), Clips.MovingSquare(8));
        File.WriteAllBytes(folder.File("flash.swf"), [.. "FWS"u8, .. new byte[60]]);
        using (var zip = ZipFile.Open(folder.File("films.zip"), ZipArchiveMode.Create))
        {
            zip.CreateEntryFromFile(folder.File("good.gif"), "good.gif");
            zip.CreateEntryFromFile(folder.File("flash.swf"), "flash.swf");
        }

        var skipped = new List<SkippedClip>();
        var clips = DatasetWriter.Import(
            [folder.File("films.zip")], folder.File("out"), DatasetKinds.Videos, new ImportOptions { Size = 8, Frames = 2 }, new ImportReport(skipped.Add, _ => { }));
        Assert.NotEmpty(clips.ToList());
        Assert.Equal("flash.swf", Path.GetFileName(Assert.Single(skipped).Path));
    }
}
