using System.Text;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Tests.Media.Video;

/// <summary>Videos are read as players show them, regardless of their encoding.</summary>
public sealed class DisplayConversionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>As in a GIF or PNG, transparent areas become black, and their hidden color does not bleed into neighbouring pixels.</summary>
    [Theory]
    [InlineData("png.mov", "png", "rgba", 1)]
    [InlineData("animation.mov", "qtrle", "argb", 1)]
    [InlineData("4444.mov", "prores_ks", "yuva444p10le", 6)]
    [InlineData("lossless.mkv", "ffv1", "bgra", 1)]
    [InlineData("yuv.mkv", "ffv1", "yuva420p", 140)] // at the border, red and blue share their chroma
    [InlineData("vp9.webm", "libvpx-vp9", "yuva420p", 140)]
    [InlineData("vp8.webm", "libvpx", "yuva420p", 140)]
    [InlineData("picture.apng", "apng", "rgba", 1)]
    public void Transparent_areas_are_black(string name, string encoder, string format, int tolerance)
    {
        MadeVideos.Need(encoder: encoder);
        MadeVideos.Make(folder.File(name), MadeVideos.BlueOnHiddenRed, "-c:v", encoder, "-pix_fmt", format, "-auto-alt-ref", "0", "-b:v", "2M");
        foreach (var side in new[] { 64, 32 })
        {
            var clip = ClipFile.Read(folder.File(name), new ReadOptions { ShorterSide = side, MaxFrames = 1 });
            Assert.Equal(3, clip.Channels);
            Assert.InRange(Clips.LargestDifference([0, 0, 0], clip.Pixels.AsSpan(0, 3)), 0, 6);
            Assert.InRange(Clips.LargestDifference([0, 0, 255], clip.Pixels.AsSpan(((side / 2 * side) + (side / 2)) * 3, 3)), 0, 8);
            Assert.InRange(Enumerable.Range(0, side * side).Max(i => clip.Pixels[i * 3]), 0, tolerance);
        }
    }

    [Fact]
    public void Half_transparent_areas_are_half_as_bright()
    {
        MadeVideos.Need(encoder: "png");
        MadeVideos.Make(folder.File("half.mov"), "color=0xC86432@0.5:size=32x32:rate=5:duration=0.4,format=rgba", "-c:v", "png");
        var clip = ClipFile.Read(folder.File("half.mov"));
        Assert.InRange(Clips.LargestDifference([100, 50, 25], clip.Pixels.AsSpan(0, 3)), 0, 2);
    }

    /// <summary>
    /// A bar that moves eight pixels per frame, so four per field, in every codec that stores fields, flagged by the container or by each frame.
    /// </summary>
    [Theory]
    [InlineData("dvd.mpg", "mpeg2video", "-q:v 2")]
    [InlineData("dvd.vob", "mpeg2video", "-q:v 2")]
    [InlineData("tape.avi", "dvvideo", "")]
    [InlineData("tape.dv", "dvvideo", "")]
    [InlineData("divx.avi", "mpeg4", "-q:v 2")]
    [InlineData("broadcast.ts", "libx264", "-x264opts tff=1 -preset ultrafast")]
    [InlineData("camera.mts", "libx264", "-x264opts bff=1 -preset ultrafast -f mpegts", "bottom")]
    [InlineData("camera.mp4", "libx264", "-x264opts tff=1 -preset ultrafast")]
    [InlineData("archive.mkv", "ffv1", "")]
    public void Interlaced_videos_are_deinterlaced(string name, string encoder, string options, string first = "top")
    {
        MadeVideos.Need("bwdif", encoder);
        var size = encoder == "dvvideo" ? "720x576" : "360x144"; // DV has only one size
        MadeVideos.Make(
            folder.File(name), $"color=gray:size={size}:rate=50:duration=0.4,geq=lum='if(between(mod(X-4*N,180),0,60),200,50)':cb=128:cr=128",
            [
                "-vf", $"tinterlace=interleave_{first}" + (encoder == "dvvideo" ? ",fieldorder=bff" : ""), "-r", "25", "-pix_fmt", "yuv420p", "-c:v", encoder,
                "-flags", "+ildct+ilme", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            ]);

        var (clip, info) = Open(name, new ReadOptions());

        Assert.InRange(Comb(clip), 0, 3);
        Assert.Contains("deinterlaced", Assert.Single(DisplayConversion.Notes(info.Stored)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Progressive_frames_are_not_deinterlaced()
    {
        Needs.FFmpeg();
        MadeVideos.Make(folder.File("fine.mkv"), "testsrc=size=64x48:rate=10:duration=0.5,geq=lum='255*mod(Y,2)':cb=128:cr=128", "-c:v", "ffv1", "-pix_fmt", "yuv444p");
        var (clip, info) = Open("fine.mkv", new ReadOptions());
        Assert.InRange(Comb(clip), 200, 510);
        Assert.Empty(DisplayConversion.Notes(info.Stored));
    }

    /// <summary>Interlaced broadcasts change their size, too.</summary>
    [Fact]
    public void Interlaced_stream_may_change_its_size()
    {
        MadeVideos.Need("bwdif", "mpeg2video");
        foreach (var (name, size, offset) in new[] { ("one.ts", "352x288", "0"), ("two.ts", "720x576", "1") })
        {
            MadeVideos.Make(
                folder.File(name), $"color=white:size={size}:rate=50:duration=1", "-vf", "tinterlace=interleave_top", "-r", "25", "-c:v", "mpeg2video",
                "-flags", "+ildct+ilme", "-output_ts_offset", offset);
        }

        File.WriteAllBytes(folder.File("film.ts"), [.. File.ReadAllBytes(folder.File("one.ts")), .. File.ReadAllBytes(folder.File("two.ts"))]);
        var film = ClipFile.Read(folder.File("film.ts"), new ReadOptions { FramesPerSecond = 25, ShorterSide = 32 });
        Assert.InRange(film.Frames, 48, 50);
        Assert.InRange(Clips.LargestDifference(film.Frame(0), film.Frame(film.Frames - 1)), 0, 3);
    }

    /// <summary>The color (200, 60, 30) below BT.2408 white; interpreted as BT.709 it is (162, 50, 25), (145, 73, 40) and (165, 81, 45).</summary>
    [Theory]
    [InlineData("smpte2084", "bt2020", "smpte2084")]
    [InlineData("arib-std-b67", "bt2020", "arib-std-b67")]
    [InlineData("smpte2084", "", "smpte2084")] // declares PQ and nothing else
    [InlineData("2020_10", "bt2020", "bt2020-10")]
    [InlineData("2020_10", "bt2020", "")]
    public void Wide_gamut_and_HDR_are_converted_to_standard_range(string transfer, string primaries, string tag)
    {
        MadeVideos.Need("zscale", "ffv1");
        MadeVideos.Need("tonemap");
        MadeVideos.Make(
            folder.File("hdr.mkv"), "color=c=0xC83C1E:size=64x48:rate=5:duration=0.4,format=gbrp",
            [
                "-vf", "zscale=transferin=bt709:primariesin=bt709:matrixin=gbr:rangein=full:primaries=bt2020:matrix=bt2020nc:range=limited:npl=203:"
                    + $"transfer={transfer},format=yuv420p10le,setparams=color_primaries={Or(primaries)}:color_trc={Or(tag)}:colorspace={Or(primaries.Length > 0 ? "bt2020nc" : "")}",
                "-c:v", "ffv1",
                .. primaries.Length > 0 ? (string[])["-color_primaries", primaries, "-colorspace", "bt2020nc"] : [],
                .. tag.Length > 0 ? (string[])["-color_trc", tag] : [],
            ]);

        var (clip, info) = Open("hdr.mkv", new ReadOptions { MaxFrames = 1, ShorterSide = 24 });

        Assert.InRange(Clips.LargestDifference([200, 60, 30], clip.Pixels.AsSpan(0, 3)), 0, 4);
        var notes = DisplayConversion.Notes(info.Stored).Select(note => note.Text);
        Assert.Equal(transfer == "2020_10" ? [] : ["HDR and read tone-mapped to SDR (zscale, tonemap)"], notes);

        static string Or(string tag) => tag.Length > 0 ? tag : "unknown";
    }

    [Fact]
    public void Highlights_above_white_stay_distinguishable()
    {
        MadeVideos.Need("zscale", "ffv1");
        MadeVideos.Make(
            folder.File("sky.mkv"), "color=black:size=64x16:rate=5:duration=0.4,format=yuv420p10le,geq=lum='64+876*X/63':cb=512:cr=512", "-c:v", "ffv1",
            "-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc");
        var row = ClipFile.Read(folder.File("sky.mkv"), new ReadOptions { MaxFrames = 1 }).Pixels;
        var levels = Enumerable.Range(0, 64).Select(x => (int)row[(8 * 64 * 3) + (x * 3)]).ToList();
        Assert.True(levels.Zip(levels.Skip(1), (left, right) => right >= left).All(rises => rises), string.Join(' ', levels));
        Assert.InRange(levels[37], 215, 240); // 203 cd/m2, the reference white
        Assert.True(levels[47] > levels[37] + 8, "600 cd/m2 is brighter than white.");
    }

    [Theory]
    [InlineData("{\"codec_name\":\"vp9\",\"tags\":{\"alpha_mode\":\"1\"}}", true)]
    [InlineData("{\"codec_name\":\"vp9\",\"tags\":{\"alpha_mode\":\"x\"}}", false)]
    [InlineData("{\"pix_fmt\":7,\"field_order\":[],\"color_transfer\":{}}", false)]
    public void Unusual_answers_of_ffprobe_are_understood(string stream, bool hasAlpha)
    {
        var json = Encoding.ASCII.GetBytes($"{{\"streams\":[{{\"width\":8,\"height\":8,{stream[1..]}],\"frames\":[]}}");
        Assert.Equal(hasAlpha, FFmpeg.ReadProbe("film.webm", json).Stored.HasAlpha);
    }

    /// <summary>If a video has several tracks, such as several camera angles, players show the one marked as default.</summary>
    [Theory]
    [InlineData("angles.mkv")]
    [InlineData("angles.mp4")]
    [InlineData("angles.mov")]
    public void Default_track_is_read(string name)
    {
        Needs.FFmpeg();
        MadeVideos.Run(
            "-f", "lavfi", "-i", "color=red:size=64x48:rate=10:duration=1", "-f", "lavfi", "-i", "color=blue:size=48x64:rate=5:duration=2",
            "-map", "0:v", "-map", "1:v", "-pix_fmt", "yuv420p", "-disposition:v:0", "0", "-disposition:v:1", "default", folder.File(name));

        var (clip, info) = Open(name, new ReadOptions());

        Assert.Equal((48, 64, 5.0, 2.0), (info.Width, info.Height, info.FramesPerSecond, Math.Round(info.Duration!.Value.TotalSeconds, 1)));
        Assert.Equal((10, 64, 48), (clip.Frames, clip.Height, clip.Width));
        Assert.True(clip.Pixels[2] > 200 && clip.Pixels[0] < 50);
        Assert.Null(FFmpeg.FindTruncation(folder.File(name), info));
    }

    /// <summary>
    /// OpenCV and PyAV, which the published code uses to read videos, convert with swscale's defaults: BT.601 whatever the file declares, and
    /// no chroma interpolation.
    /// </summary>
    [Theory]
    [InlineData("yuv420p", "bt601", "")]
    [InlineData("yuv420p", "bt709", "bt709")]
    [InlineData("yuv444p", "bt601", "")]
    public void Presets_of_the_original_projects_decode_as_their_readers_do(string format, string matrix, string tag)
    {
        Needs.FFmpeg();
        MadeVideos.Make(
            folder.File("noise.mkv"), "color=gray:size=96x64:rate=5:duration=0.6,format=yuv444p,noise=alls=100:allf=u",
            ["-vf", $"scale=out_color_matrix={matrix},format={format}", "-c:v", "ffv1", .. tag.Length > 0 ? (string[])["-colorspace", tag] : []]);
        MadeVideos.Run(
            "-i", folder.File("noise.mkv"), "-vf", "setparams=colorspace=unknown,scale=flags=bicubic,format=rgb24", "-f", "rawvideo", folder.File("raw"));
        var expected = File.ReadAllBytes(folder.File("raw"));

        var shown = ClipFile.Read(folder.File("noise.mkv"));
        var published = ClipFile.Read(folder.File("noise.mkv"), new ReadOptions { IsAsPublished = true });
        var plain = new ClipShape(3, 3, 64) { Width = 96, IsAsPublished = true };
        var frames = new FrameShape(3, 64, 96).ReadClip(folder.File("noise.mkv"), new ReadOptions { MaxFrames = 3 }, TestContext.Current.CancellationToken);

        Assert.Equal(expected, published.Pixels);
        Assert.Equal(plain.Fit(published), plain.Read(folder.File("noise.mkv"), TestContext.Current.CancellationToken));
        Assert.Equal(expected, frames.Pixels);
        Assert.True(format != "yuv420p" || Clips.MeanDifference(expected, shown.Pixels) > 5, $"{Clips.MeanDifference(expected, shown.Pixels)}");
    }

    /// <summary>Players make pixels square; OpenCV and PyAV return them as stored.</summary>
    [Fact]
    public void Non_square_pixels_are_kept_for_models_of_the_original_projects()
    {
        Needs.FFmpeg();
        MadeVideos.Make(folder.File("wide.mkv"), "testsrc2=size=48x32:rate=5:duration=0.4", ["-vf", "setsar=2", "-c:v", "ffv1", "-pix_fmt", "yuv420p"]);
        var (shown, published) = (ClipFile.Read(folder.File("wide.mkv")), ClipFile.Read(folder.File("wide.mkv"), new ReadOptions { IsAsPublished = true }));
        var scaled = ClipFile.Read(folder.File("wide.mkv"), new ReadOptions { IsAsPublished = true, ShorterSide = 16 });
        Assert.Equal([(96, 32), (48, 32), (24, 16)], new[] { shown, published, scaled }.Select(clip => (clip.Width, clip.Height)));
    }

    /// <summary>Returns the frames of a video and its properties.</summary>
    private (Clip Clip, VideoInfo Info) Open(string name, ReadOptions options)
    {
        VideoInfo? info = null;
        var clip = ClipFile.Read(folder.File(name), options with { Opened = opened => info = opened });
        return (clip, info!);
    }

    /// <summary>Measures how much rows differ from the mean of their neighbours.</summary>
    private static double Comb(Clip clip)
    {
        double sum = 0;
        var row = clip.Width * 3;
        for (var y = 1; y < clip.Height - 1; y += 2)
        {
            for (var x = 0; x < row; x++)
            {
                var at = (clip.Frames / 2 * clip.FrameLength) + (y * row) + x;
                sum += Math.Abs((2 * clip.Pixels[at]) - clip.Pixels[at - row] - clip.Pixels[at + row]);
            }
        }

        return sum / ((clip.Height - 2) / 2) / row;
    }
}
