using TinySora.Engine.Errors;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Tests.Media.Video;

/// <summary>Truncated videos, those that only look truncated, and the errors for both.</summary>
public sealed class BrokenVideoTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("film.mkv")]
    [InlineData("untagged.mkv", "-fflags", "+bitexact")]
    [InlineData("film.webm", "-c:v", "libvpx", "-c:a", "libvorbis")]
    [InlineData("film.flv")]
    [InlineData("film.wmv")]
    [InlineData("film.nut")]
    [InlineData("film.ogv", "-c:v", "libtheora", "-c:a", "libvorbis")]
    [InlineData("film.mp4")]
    [InlineData("film.avi")]
    [InlineData("film.ts")]
    [InlineData("film.mpg")]
    public void Video_that_ends_before_its_sound_is_not_truncated(string name, params string[] options)
    {
        Needs.FFmpeg();
        MadeVideos.Run(
        [
            "-f", "lavfi", "-i", "testsrc=duration=4:size=96x64:rate=25", "-f", "lavfi", "-i", "sine=duration=10:sample_rate=44100", "-pix_fmt", "yuv420p",
            .. options, folder.File(name),
        ]);
        Assert.Null(BreaksOffAt(folder.File(name)));
    }

    [Theory]
    [InlineData("film.mkv")]
    [InlineData("untagged.mkv", "-fflags", "+bitexact")]
    [InlineData("film.webm", "-c:v", "libvpx", "-c:s", "webvtt")]
    public void Video_that_ends_before_its_subtitles_is_not_truncated(string name, params string[] options)
    {
        Needs.FFmpeg();
        File.WriteAllText(folder.File("s.srt"), "1\n00:00:01,000 --> 00:00:20,000\nhello\n\n2\n00:00:25,000 --> 00:00:30,000\nbye\n");
        MadeVideos.Run(
            ["-f", "lavfi", "-i", "testsrc=duration=4:size=96x64:rate=10", "-i", folder.File("s.srt"), "-pix_fmt", "yuv420p", .. options, folder.File(name)]);
        Assert.Null(BreaksOffAt(folder.File(name)));
    }

    [Theory]
    [InlineData("film.mkv")]
    [InlineData("untagged.mkv", "-fflags", "+bitexact")]
    [InlineData("film.flv")]
    [InlineData("film.avi")]
    [InlineData("film.mp4", "-movflags", "+faststart")]
    public void Truncated_file_is_recognized_even_if_its_sound_is_longer(string name, params string[] options)
    {
        Needs.FFmpeg();
        MadeVideos.Run(
        [
            "-f", "lavfi", "-i", "testsrc=duration=10:size=96x64:rate=25", "-f", "lavfi", "-i", "sine=duration=11:sample_rate=44100", "-pix_fmt", "yuv420p",
            .. options, folder.File(name),
        ]);
        var bytes = File.ReadAllBytes(folder.File(name));
        File.WriteAllBytes(folder.File(name), bytes[..(bytes.Length * 6 / 10)]);
        Assert.InRange(BreaksOffAt(folder.File(name))?.TotalSeconds ?? 99, 3, 9);
    }

    /// <summary>The formats that ffmpeg is allowed to open are an internal matter, so the error does not mention them.</summary>
    [Theory]
    [InlineData("mp4", 60, "film.mp4", "an MP4 video that is corrupt or truncated")]
    [InlineData("mp4", 60, "film.mkv", "an MP4 video that is corrupt or truncated")]
    [InlineData("mkv", 300, "film.webm", "a Matroska video that is corrupt or truncated")]
    [InlineData("avi", 200, "film.mp4", "an AVI video that is corrupt or truncated")]
    [InlineData("flv", 20, "film.flv", "a Flash video that is corrupt or truncated")]
    [InlineData("png", 999, "film.mp4", "it is a PNG image, which does not match its extension")]
    [InlineData("gif", 999, "film.webm", "it is a GIF, which does not match its extension")]
    [InlineData("mp3", 99999, "film.mp4", "it is an audio file, which does not match its extension")]
    [InlineData("wav", 99999, "film.avi", "it is an audio file, which does not match its extension")]
    [InlineData("flac", 99999, "film.mov", "it is an audio file, which does not match its extension")]
    public void Error_says_what_a_file_is_or_that_it_is_truncated(string format, int bytes, string name, string reason)
    {
        Needs.FFmpeg();
        string[] source = format is "mp3" or "wav" or "flac" ? ["-f", "lavfi", "-i", "sine=duration=1"] : ["-f", "lavfi", "-i", "testsrc=duration=1:size=32x32:rate=5"];
        MadeVideos.Run([.. source, .. format == "png" ? (string[])["-frames:v", "1"] : [], folder.File("made." + format)]);
        var made = File.ReadAllBytes(folder.File("made." + format));
        File.WriteAllBytes(folder.File(name), made[..Math.Min(bytes, made.Length)]);

        var error = Assert.Throws<TinySoraException>(() => ClipFile.Read(folder.File(name)));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("whitelist", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#EXTM3U\n#EXTINF:1,\na.ts\n")]
    [InlineData("ffconcat version 1.0\nfile a.mp4\n")]
    [InlineData("1\n00:00:01,000 --> 00:00:20,000\nhello\n")]
    public void Text_file_is_recognized(string text)
    {
        Needs.FFmpeg();
        File.WriteAllText(folder.File("film.mp4"), text);
        var error = Clips.Fails("TinySora.Media.FFmpegFailed", () => ClipFile.Read(folder.File("film.mp4")));
        Assert.Contains("it is text, which does not match its extension", error.Message, StringComparison.Ordinal);
    }

    private static TimeSpan? BreaksOffAt(string path) => FFmpeg.FindTruncation(path, FFmpeg.Probe(path));
}
