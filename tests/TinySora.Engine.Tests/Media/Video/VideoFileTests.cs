using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Tests.Media.Video;

/// <summary>Tests that run ffmpeg, which the build installs; they are skipped without it.</summary>
public sealed class VideoFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void MP4_is_read_back_with_its_frames_size_rate_and_colors()
    {
        Needs.FFmpeg();
        var clip = Clips.MovingSquare(8, 32, 48, 100);
        ClipFile.Write(folder.File("clip.mp4"), clip, "a red square");
        var back = ClipFile.Read(folder.File("clip.mp4"));
        Assert.Equal((8, 32, 48, 3, 100), (back.Frames, back.Height, back.Width, back.Channels, back.FrameMilliseconds));
        Assert.InRange(Clips.MeanDifference(clip.Pixels, back.Pixels), 0, 3);
        // A wrong matrix or range shifts flat areas by 5 to 20.
        Assert.InRange(Clips.LargestDifference(clip.Frame(0)[..96], back.Frame(0)[..96]), 0, 3);
        Assert.Equal("clip.mp4", Path.GetFileName(Assert.Single(Directory.EnumerateFiles(folder.Path))));
    }

    [Fact]
    public void Odd_sizes_are_padded_to_even()
    {
        Needs.FFmpeg();
        ClipFile.Write(folder.File("odd.mp4"), Clips.Gradient(3, 33, 35));
        var info = FFmpeg.Probe(folder.File("odd.mp4"));
        Assert.Equal((36, 34, 3), (info.Width, info.Height, info.Frames));
        Assert.Equal(10, info.FramesPerSecond, 3);
        Assert.Equal(0.3, info.Duration!.Value.TotalSeconds, 2);
    }

    /// <summary>The file declares a pixel aspect ratio that turns a width of 16 pixels into 16 billion.</summary>
    [Theory]
    [InlineData("1000000000:1")]
    [InlineData("2147483647:1")]
    public void Video_with_an_absurd_aspect_ratio_is_refused(string aspect)
    {
        Needs.FFmpeg();
        var path = folder.File("wide.y4m.avi"); // named AVI; ffmpeg goes by the content
        File.WriteAllBytes(path, [.. Encoding.ASCII.GetBytes($"YUV4MPEG2 W16 H16 F8:1 A{aspect} C420\nFRAME\n"), .. new byte[384]]);
        Assert.Equal("TinySora.Media.Corrupt", Assert.Throws<TinySoraException>(() => ClipFile.Read(path)).Id);
    }

    [Theory]
    [InlineData("", "TinySora.Media.Corrupt")]
    [InlineData("[]", "TinySora.Media.Corrupt")]
    [InlineData("{\"streams\":{}}", "TinySora.Media.Corrupt")]
    [InlineData("{\"streams\":[{\"width\":1e300,\"height\":8}]}", "TinySora.Media.Corrupt")]
    [InlineData("{\"streams\":[{\"width\":8,\"height\":8,\"sample_aspect_ratio\":\"1000000000:1\"}]}", "TinySora.Media.Corrupt")]
    [InlineData("{\"streams\":[{\"width\":8,\"height\":8,\"sample_aspect_ratio\":\"1e308:1e-308\",\"duration\":\"1e300\"}]}", null)]
    [InlineData("{\"streams\":[{\"width\":8,\"height\":8,\"avg_frame_rate\":\"nan/1\",\"side_data_list\":7}]}", "TinySora.Media.Corrupt")]
    [InlineData("{\"streams\":[{\"width\":8,\"height\":8,\"duration\":\"Infinity\",\"tags\":[]}]}", null)]
    public void Invalid_answer_of_ffprobe_is_a_clear_error(string json, string? id)
    {
        var failure = Record.Exception(() => FFmpeg.ReadProbe("film.mp4", Encoding.ASCII.GetBytes(json)));
        Assert.Equal(id, (failure as TinySoraException)?.Id);
        Assert.True(failure is null or TinySoraException, $"{failure}");
    }

    [Theory]
    [InlineData("-y -i.mp4")]
    [InlineData("frame%03d [x].mp4")]
    [InlineData("видео 赤.mp4")]
    [InlineData("http:x.mp4")]
    public void File_names_are_not_interpreted_as_options_or_patterns(string name)
    {
        Needs.FFmpeg();
        Assert.SkipUnless(Names.CanBe(name), "Windows takes no such name.");
        ClipFile.Write(folder.File(name), Clips.MovingSquare(2));

        // Relative, so that the name may be at the beginning. DatasetDoctorTests reads such names with an absolute path.
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, folder.File(name));
        Assert.Equal(2, ClipFile.Read(relative).Frames);
    }

    [Theory]
    [InlineData("clip.avi", "-c:v", "mpeg4")]
    [InlineData("clip.webm", "-c:v", "libvpx-vp9")]
    [InlineData("clip.ogv", "-c:v", "libtheora")]
    [InlineData("clip.mkv", "-c:v", "ffv1")]
    public void Other_containers_are_read(string name, string option, string codec)
    {
        Needs.FFmpeg();
        Make(name, "testsrc=size=64x48:rate=10:duration=1", option, codec);
        var clip = ClipFile.Read(folder.File(name));
        Assert.Equal((10, 48, 64, 100), (clip.Frames, clip.Height, clip.Width, clip.FrameMilliseconds));
    }

    [Fact]
    public void Part_is_read_at_the_requested_rate_and_size()
    {
        Needs.FFmpeg();
        var bars = Clips.MovingSquare(20, 32, 48, 100);
        ClipFile.Write(folder.File("clip.mp4"), bars);
        var part = ClipFile.Read(folder.File("clip.mp4"), new ReadOptions
        {
            Start = TimeSpan.FromSeconds(0.5), Duration = TimeSpan.FromSeconds(1), FramesPerSecond = 5, ShorterSide = 16,
        });
        Assert.Equal((5, 16, 24, 200), (part.Frames, part.Height, part.Width, part.FrameMilliseconds));
        var few = ClipFile.Read(folder.File("clip.mp4"), new ReadOptions { Start = TimeSpan.FromSeconds(0.5), MaxFrames = 3 });
        Assert.Equal(3, few.Frames);
        Assert.InRange(Clips.MeanDifference(bars.Frame(5), few.Frame(0)), 0, 3);
        Clips.Fails("TinySora.Media.NoFrames", () =>
            ClipFile.Read(folder.File("clip.mp4"), new ReadOptions { Start = TimeSpan.FromSeconds(60) }));
    }

    /// <summary>In these containers ffmpeg may seek past the last key frame, and pictures up to the next one cannot be decoded.</summary>
    [Theory]
    [InlineData("film.ts", "mpeg2video", "100")]
    [InlineData("film.mpg", "mpeg2video", "100")]
    [InlineData("film.ts", "libx264", "25")]
    [InlineData("film.ts", "libx264", "250")]
    [InlineData("film.h264", "libx264", "25")]
    public void Part_of_a_stream_without_an_index_starts_where_requested(string name, string codec, string keyFrames)
    {
        Needs.FFmpeg();
        Assert.SkipWhen(codec == "libx264" && FFmpeg.VideoEncoder()[1] != codec, "This ffmpeg cannot write H.264.");
        Make(name, "color=black:size=32x32:rate=25:duration=8,geq=lum='16+N':cb=128:cr=128", "-c:v", codec, "-q:v", "1", "-bf", "2", "-g", keyFrames);
        foreach (var (seconds, rate) in new (double, double?)[] { (1.2, 25), (3.28, 25), (6.08, 25), (3.28, null) })
        {
            var part = ClipFile.Read(folder.File(name), new ReadOptions { Start = TimeSpan.FromSeconds(seconds), MaxFrames = 3, FramesPerSecond = rate });
            Assert.Equal(3, part.Frames);
            for (var f = 0; f < 3; f++)
            {
                // 16 to 235 is black to white; a quantized brightness may be off by one.
                Assert.InRange(part.Frame(f)[0], (((seconds * 25) + f) * 255 / 219) - 3, (((seconds * 25) + f) * 255 / 219) + 3);
            }
        }
    }

    [Fact]
    public void Raw_stream_is_read_from_its_beginning_up_to_any_time()
    {
        Needs.FFmpeg();
        Assert.SkipWhen(FFmpeg.VideoEncoder()[1] != "libx264", "This ffmpeg cannot write H.264.");
        Make("film.h264", "color=black:size=32x32:rate=1:duration=80,geq=lum='16+N':cb=128:cr=128", "-c:v", "libx264", "-qp", "1", "-g", "10");
        var part = ClipFile.Read(folder.File("film.h264"), new ReadOptions { Start = TimeSpan.FromSeconds(70), FramesPerSecond = 1 });
        Assert.Equal(10, part.Frames);
        Assert.InRange(part.Frame(0)[0], 79, 84);
    }

    /// <summary>As in broadcasts and recorded calls; ffmpeg restarts its filters at every change of size.</summary>
    [Fact]
    public void Video_that_changes_its_size_continues_without_a_gap()
    {
        Needs.FFmpeg();
        const string levels = ":rate=25:duration=1,geq=lum='20+2*N+60*gt(W,40)':cb=128:cr=128";
        Make("small.ts", "color=black:size=32x32" + levels, "-c:v", "mpeg4", "-q:v", "1");
        Make("large.ts", "color=black:size=48x48" + levels, "-c:v", "mpeg4", "-q:v", "1", "-output_ts_offset", "1");
        File.WriteAllBytes(folder.File("film.ts"), [.. File.ReadAllBytes(folder.File("small.ts")), .. File.ReadAllBytes(folder.File("large.ts"))]);
        var film = ClipFile.Read(folder.File("film.ts"), new ReadOptions { FramesPerSecond = 25, ShorterSide = 16 });
        Assert.Equal(50, film.Frames);
        for (var f = 0; f < 50; f++)
        {
            var level = ((f < 25 ? 20 + (2 * f) : 80 + (2 * (f - 25))) - 16) * 255 / 219;
            Assert.InRange(film.Frame(f)[0], level - 4, level + 4);
        }
    }

    [Fact]
    public void Uneven_frames_are_made_even_on_request()
    {
        Needs.FFmpeg();
        Make("even.mp4", "testsrc=size=64x48:rate=10:duration=2");
        Make("gaps.mp4", "testsrc=size=64x48:rate=10:duration=2", "-vf", "select='not(between(n,5,14))'", "-fps_mode", "passthrough");
        var even = ClipFile.Read(folder.File("even.mp4"), new ReadOptions { EvenTimes = true });
        var part = ClipFile.Read(folder.File("gaps.mp4"), new ReadOptions { EvenTimes = true });
        Assert.Equal((20, 10, 200), (even.Frames, part.Frames, part.FrameMilliseconds));
        int[] shown = [.. Enumerable.Range(0, 10).Select(f => Enumerable.Range(0, 20).MinBy(k => Clips.MeanDifference(part.Frame(f), even.Frame(k))))];
        Assert.Equal([4, 4, 4, 4], shown[3..7]);
        Assert.InRange(shown[9], 17, 19);
    }

    /// <summary>Matroska does not record how many frames are missing.</summary>
    [Fact]
    public void Uneven_frames_in_Matroska_are_made_even_on_request()
    {
        Needs.FFmpeg();
        Make("even.mkv", "testsrc=size=64x48:rate=10:duration=2");
        Make("gaps.mkv", "testsrc=size=64x48:rate=10:duration=2", "-vf", "select='not(between(n,5,14))'", "-fps_mode", "passthrough");
        var even = ClipFile.Read(folder.File("even.mkv"));
        var same = ClipFile.Read(folder.File("even.mkv"), new ReadOptions { EvenTimes = true });
        var part = ClipFile.Read(folder.File("gaps.mkv"), new ReadOptions { EvenTimes = true });
        Assert.Equal(even.Pixels, same.Pixels);
        Assert.Equal(20, part.Frames);
        Assert.True(part.Frame(14).SequenceEqual(part.Frame(4)));
        Assert.False(part.Frame(15).SequenceEqual(part.Frame(4)));
    }

    [Fact]
    public void Uneven_frame_times_neither_drop_nor_repeat_frames()
    {
        Needs.FFmpeg();
        Make("gaps.mp4", "testsrc=size=64x48:rate=10:duration=2", "-vf", "select='not(between(n,5,14))'", "-fps_mode", "passthrough");
        Assert.Equal(10, ClipFile.Read(folder.File("gaps.mp4")).Frames);
    }

    /// <summary>One picture is on screen from 0.4 s to 2.5 s: at 1 s that picture is visible, not the next one.</summary>
    [Fact]
    public void Uneven_frame_times_are_respected_when_frames_are_sampled_by_time()
    {
        Needs.FFmpeg();
        Make("even.mkv", "testsrc=size=64x48:rate=10:duration=4", "-c:v", "ffv1");
        Make("gaps.mkv", "testsrc=size=64x48:rate=10:duration=4", "-vf", "select='not(between(n,5,24))'", "-fps_mode", "passthrough", "-c:v", "ffv1");
        var even = ClipFile.Read(folder.File("even.mkv"));
        var part = ClipFile.Read(folder.File("gaps.mkv"), new ReadOptions
        {
            Start = TimeSpan.FromSeconds(1), Duration = TimeSpan.FromSeconds(2.5), FramesPerSecond = 2,
        });
        Assert.Equal(5, part.Frames);
        int[] shown = [.. Enumerable.Range(0, 5).Select(f =>
            Enumerable.Range(0, 40).MinBy(k => Clips.MeanDifference(part.Frame(f), even.Frame(k))))];
        Assert.Equal([4, 4, 4], shown[..3]);
        Assert.InRange(shown[3], 25, 27);
        Assert.InRange(shown[4], 28, 32);
    }

    /// <summary>As written by cameras: the matrix in the track's header rotates clockwise by quarter turns.</summary>
    [Theory]
    [InlineData(90, 0, 1, -1, 0)]
    [InlineData(180, -1, 0, 0, -1)]
    [InlineData(270, 0, -1, 1, 0)]
    public void Rotated_video_is_read_upright(int degrees, int a, int b, int c, int d)
    {
        Needs.FFmpeg();
        // Bright in its upper left corner.
        var flat = Clip.Black(2, 32, 48, 3, 100);
        for (var y = 0; y < 12; y++)
        {
            flat.Frame(0).Slice(y * 48 * 3, 12 * 3).Fill(230);
        }

        ClipFile.Write(folder.File("film.mp4"), flat);
        var file = File.ReadAllBytes(folder.File("film.mp4"));
        var matrix = file.AsSpan().IndexOf("tkhd"u8) + 4 + 40;
        int[] values = [a, b, 0, c, d, 0];
        for (var i = 0; i < values.Length; i++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(matrix + 4 * i), values[i] << 16);
        }

        File.WriteAllBytes(folder.File("film.mp4"), file);

        VideoInfo? info = null;
        var clip = ClipFile.Read(folder.File("film.mp4"), new ReadOptions { ShorterSide = 32, Opened = opened => info = opened });

        Assert.Equal(degrees == 180 ? (48, 32) : (32, 48), (info!.Width, info.Height));
        Assert.Equal((info.Height, info.Width), (clip.Height, clip.Width));
        int[] corners = [.. new[] { (4, 4), (4, clip.Width - 5), (clip.Height - 5, clip.Width - 5), (clip.Height - 5, 4) }
            .Select(p => (int)clip.Frame(0)[(p.Item1 * clip.Width + p.Item2) * 3])];
        Assert.Equal(degrees / 90, corners.ToList().FindIndex(value => value > 180));
        Assert.Single(corners, value => value > 40);
    }

    [Theory]
    [InlineData("sd.avi", "64x48", "bt601", "tv", "yuv420p", "mpeg4", "")]
    [InlineData("hd.avi", "1280x720", "bt709", "tv", "yuv420p", "mpeg4", "")]
    [InlineData("tagged.mp4", "64x48", "bt709", "tv", "yuv420p", "libx264", "-colorspace bt709")]
    [InlineData("full.mp4", "64x48", "bt709", "pc", "yuv420p", "libx264", "-colorspace bt709 -color_range pc")]
    [InlineData("camera.avi", "64x48", "bt601", "pc", "yuvj420p", "mjpeg", "")]
    [InlineData("ten.mkv", "64x48", "bt2020", "tv", "yuv420p10le", "ffv1", "-colorspace bt2020nc")]
    [InlineData("rgb.mkv", "1280x720", "bt601", "tv", "gbrp", "ffv1", "")]
    public void Colors_are_right_for_every_matrix_and_range(
        string name, string size, string matrix, string range, string format, string codec, string tags)
    {
        Needs.FFmpeg();
        Make(name, $"color=c=0xC83C1E:size={size}:rate=5:duration=0.4,format=rgb24",
            ["-vf", $"scale=out_color_matrix={matrix}:out_range={range},format={format}", "-c:v", codec, "-q:v", "1",
                .. tags.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        var clip = ClipFile.Read(folder.File(name), new ReadOptions { MaxFrames = 1, ShorterSide = 48 });
        // Another matrix makes it (188, 47, 33), another range (217, 52, 17).
        Assert.InRange(Clips.LargestDifference([200, 60, 30], clip.Pixels.AsSpan(0, 3)), 0, 3);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(10)]
    [InlineData(15)]
    [InlineData(24)]
    [InlineData(30)]
    [InlineData(60)]
    public void MP4_has_exactly_the_requested_frame_rate(int rate)
    {
        Needs.FFmpeg();
        ClipFile.Write(folder.File("clip.mp4"), Clips.MovingSquare(3, frameMilliseconds: (int)Math.Round(1000.0 / rate)));
        Assert.Equal(rate, FFmpeg.Probe(folder.File("clip.mp4")).FramesPerSecond, 6);
    }

    [Fact]
    public void Sound_and_cover_pictures_are_ignored()
    {
        Needs.FFmpeg();
        Make("talk.mp4", "testsrc=size=64x48:rate=10:duration=1", "-f", "lavfi", "-i", "sine=duration=3", "-map", "1:a", "-map", "0:v");
        var clip = ClipFile.Read(folder.File("talk.mp4"));
        Assert.Equal((10, 48, 64), (clip.Frames, clip.Height, clip.Width));
    }

    [Fact]
    public void Damaged_file_is_reported_with_the_error_of_ffmpeg()
    {
        Needs.FFmpeg();
        var noise = new byte[700];
        new Random(3).NextBytes(noise);
        File.WriteAllBytes(folder.File("noise.mp4"), noise);
        var error = Clips.Fails("TinySora.Media.FFmpegFailed", () => ClipFile.Read(folder.File("noise.mp4")));
        Assert.Contains("Invalid data", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Truncated_video_is_refused()
    {
        Needs.FFmpeg();
        ClipFile.Write(folder.File("clip.mp4"), Clips.MovingSquare());
        File.WriteAllBytes(folder.File("cut.mp4"), File.ReadAllBytes(folder.File("clip.mp4"))[..200]);
        Clips.Fails("TinySora.Media.Corrupt", () => ClipFile.Read(folder.File("cut.mp4")));
    }

    [Fact]
    public void Disguised_playlist_opens_no_other_file()
    {
        Needs.FFmpeg();
        ClipFile.Write(folder.File("secret.mp4"), Clips.MovingSquare());
        File.WriteAllText(folder.File("list.mp4"), $"ffconcat version 1.0\nfile secret.mp4\n");
        Clips.Fails("TinySora.Media.FFmpegFailed", () => ClipFile.Read(folder.File("list.mp4")));
    }

    [Theory]
    [InlineData("few.gif", 3)]
    [InlineData("few.png", 1)]
    public void Files_of_the_built_in_codecs_decode_identically_in_ffmpeg(string name, int frames)
    {
        Needs.FFmpeg();
        var clip = Clips.MovingSquare(frames, 31, 45);
        ClipFile.Write(folder.File(name), clip, "a comment");
        MadeVideos.Run("-i", folder.File(name), "-fps_mode", "passthrough", "-pix_fmt", "rgb24", "-f", "rawvideo", folder.File("raw"));
        Assert.Equal(clip.Pixels, File.ReadAllBytes(folder.File("raw")));
    }

    [Theory]
    [InlineData("still.jpg", 4)]
    [InlineData("still.WEBP", 8)]
    [InlineData("still.bmp", 1)]
    [InlineData("still.tif", 1)]
    public void Picture_is_read_as_one_frame(string name, int tolerance)
    {
        Needs.FFmpeg();
        Make(name, "color=c=0x3060c0:size=40x30:duration=1", "-frames:v", "1");
        var clip = ClipFile.Read(folder.File(name));
        Assert.Equal((1, 30, 40, 3), (clip.Frames, clip.Height, clip.Width, clip.Channels));
        Assert.Equal(1, ClipFile.Read(folder.File(name), new ReadOptions { FramesPerSecond = 8, MaxFrames = 1 }).Frames);
        Assert.InRange(Clips.LargestDifference([0x30, 0x60, 0xC0], clip.Pixels.AsSpan(0, 3)), 0, tolerance);
    }

    /// <summary>As written by cameras that were held sideways or mirrored; the corner that is stored first is white.</summary>
    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(3, 1, 1)]
    [InlineData(4, 1, 0)]
    [InlineData(5, 0, 0)]
    [InlineData(6, 0, 1)]
    [InlineData(7, 1, 1)]
    [InlineData(8, 1, 0)]
    public void Photo_is_read_upright(int orientation, int bottom, int right)
    {
        Needs.FFmpeg();
        Make("flat.jpg", "color=black:size=48x32:duration=1,drawbox=0:0:12:12:white:fill", "-frames:v", "1", "-q:v", "1");
        var flat = File.ReadAllBytes(folder.File("flat.jpg"));
        var number = (byte)orientation;
        byte[] exif = orientation % 2 == 0
            ? [.. "Exif\0\0II*\0\b\0\0\0\u0001\0\u0012\u0001\u0003\0\u0001\0\0\0"u8, number, 0, 0, 0, 0, 0, 0, 0]
            : [.. "Exif\0\0MM\0*\0\0\0\b\0\u0001\u0001\u0012\0\u0003\0\0\0\u0001"u8, 0, number, 0, 0, 0, 0, 0, 0];
        File.WriteAllBytes(folder.File("photo.jpg"), [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. flat[2..]]);

        var clip = ClipFile.Read(folder.File("photo.jpg"));

        Assert.Equal(orientation >= 5 ? (48, 32) : (32, 48), (clip.Height, clip.Width));
        for (var corner = 0; corner < 4; corner++)
        {
            var (y, x) = (corner / 2 * (clip.Height - 1), corner % 2 * (clip.Width - 1));
            Assert.Equal((corner / 2, corner % 2) == (bottom, right), clip.Pixels[((y * clip.Width) + x) * 3] > 128);
        }
    }

    [Theory]
    [InlineData("still.jpg", "JPEG")]
    [InlineData("still.webp", "WebP")]
    [InlineData("still.bmp", "BMP")]
    [InlineData("still.tiff", "TIFF")]
    public void Picture_whose_format_does_not_match_its_extension_is_refused(string name, string format)
    {
        File.WriteAllText(folder.File(name), "ffconcat version 1.0\nfile '/etc/hostname'\n");
        var error = Assert.Throws<TinySoraException>(() => ClipFile.Read(folder.File(name)));
        Assert.Equal("TinySora.Media.Corrupt", error.Id);
        Assert.Contains($"not a valid {format} file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Animated_WebP_is_refused_with_a_clear_error()
    {
        File.WriteAllBytes(folder.File("loop.webp"), [.. "RIFF"u8, 40, 0, 0, 0, .. "WEBPVP8X"u8, 10, 0, 0, 0, 0x12, 0, 0, 0, 31, 0, 0, 31, 0, 0, .. "ANIM"u8]);
        var error = Clips.Fails("TinySora.Media.AnimatedWebP", () => ClipFile.Read(folder.File("loop.webp")));
        Assert.Contains("animated WebP", error.Message, StringComparison.Ordinal);
        Assert.Contains(".gif", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancellation_ends_ffmpeg_and_leaves_no_file()
    {
        Needs.FFmpeg();
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            ClipFile.Write(folder.File("clip.mp4"), Clips.MovingSquare(), cancellationToken: source.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));

        using var later = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => FFmpegProcess.Run(FFmpeg.Find(), "endless",
            ["-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc=size=64x48", "-f", "rawvideo", "pipe:1"],
            read: output =>
            {
                var frame = new byte[64];
                while (output.Read(frame) > 0)
                {
                    later.Cancel();
                }
            },
            cancellationToken: later.Token));
    }

    [Fact]
    public void Missing_ffmpeg_is_reported_with_instructions_to_install_it()
    {
        var error = Clips.Fails("TinySora.Media.FFmpegMissing", () => FFmpeg.Find("ffmpeg", folder.Path));
        Assert.Contains("install", error.Advice, StringComparison.Ordinal);
        Assert.Contains("ffmpeg", error.Advice, StringComparison.Ordinal);
        Assert.EndsWith("GIF files do not require it.", error.Advice, StringComparison.Ordinal);
    }

    private void Make(string name, string source, params string[] options) => MadeVideos.Make(folder.File(name), source, options);
}
