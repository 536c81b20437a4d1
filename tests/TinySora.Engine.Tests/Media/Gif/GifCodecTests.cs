using System.Text;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Gif;
using TinySora.Engine.Media.Resampling;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Tests.Media.Gif;

public sealed class GifCodecTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> GoldenGifs => MediaGolden.Names(".gif");

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(GoldenGifs))]
    public void Frames_match_those_that_Pillow_composes(string name)
    {
        var expected = MediaGolden.Index[name];
        var clip = GifCodec.Read(MediaGolden.PathOf(name));

        Assert.Equal((expected.Frames, expected.Height, expected.Width), (clip.Frames, clip.Height, clip.Width));
        Assert.Equal(expected.Transparent ? 4 : 3, clip.Channels);
        Assert.Equal((int)Math.Round(expected.Delays.Average()), clip.FrameMilliseconds);
        Assert.Equal(MediaGolden.Unzip(Path.ChangeExtension(name, ".rgba.gz")), Resample.ToChannels(clip, 4).Pixels);
    }

    [Fact]
    public void Frames_with_uneven_delays_are_sampled_by_time()
    {
        var clip = Clips.MovingSquare(5, frameMilliseconds: 100);
        ClipFile.Write(folder.File("a.gif"), clip);
        Clips.SetDelay(folder.File("a.gif"), frame: 0, hundredths: 200);

        var read = ClipFile.Read(folder.File("a.gif"), new ReadOptions { FramesPerSecond = 10 });
        Assert.Equal(24, read.Frames);
        Assert.All(Enumerable.Range(0, 24), f => Assert.True(read.Frame(f).SequenceEqual(clip.Frame(Math.Max(0, f - 19)))));

        var late = ClipFile.Read(folder.File("a.gif"), new ReadOptions { FramesPerSecond = 10, Start = TimeSpan.FromSeconds(2.1) });
        Assert.True(late.Frame(0).SequenceEqual(clip.Frame(2)));
        Assert.Equal(5, ClipFile.Read(folder.File("a.gif"), new ReadOptions { ShorterSide = 16 }).Frames);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Frames_with_less_than_two_hundredths_last_100_ms_as_in_browsers(ushort delay)
    {
        var clip = Clips.MovingSquare(5, frameMilliseconds: 200);
        ClipFile.Write(folder.File("a.gif"), clip);
        Clips.SetDelay(folder.File("a.gif"), frame: 1, hundredths: delay);
        Clips.SetDelay(folder.File("a.gif"), frame: 2, hundredths: delay);

        var read = ClipFile.Read(folder.File("a.gif"), new ReadOptions { FramesPerSecond = 10 });
        Assert.Equal(clip.Frame(1).ToArray(), read.Frame(2).ToArray());
        Assert.Equal(clip.Frame(2).ToArray(), read.Frame(3).ToArray());
        Assert.Equal((8, 160), (read.Frames, ClipFile.Read(folder.File("a.gif")).FrameMilliseconds));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Clip_with_few_colors_is_lossless(int frames)
    {
        var clip = Clips.MovingSquare(frames);
        var back = WriteAndRead(clip);
        Assert.Equal(clip with { Pixels = back.Pixels }, back);
        Assert.Equal(clip.Pixels, back.Pixels);
    }

    [Fact]
    public void Clip_with_a_full_palette_is_lossless()
    {
        var clip = ManyColors(256);
        Assert.Equal(clip.Pixels, WriteAndRead(clip).Pixels);
    }

    [Fact]
    public void Clip_with_many_colors_stays_close()
    {
        var clip = Clips.Gradient(5, 64, 64);
        var back = WriteAndRead(clip);
        Assert.Equal(5, back.Frames);
        Assert.InRange(Clips.MeanDifference(clip.Pixels, back.Pixels), 0, 8);
        Assert.InRange(Clips.LargestDifference(clip.Pixels, back.Pixels), 0, 40);
    }

    [Fact]
    public void Unchanged_frames_are_kept()
    {
        var clip = Clips.MovingSquare(1);
        var back = WriteAndRead(Resample.Select(clip, [0, 0, 0]));
        Assert.Equal(3, back.Frames);
        Assert.Equal(clip.Pixels, back.Frame(2).ToArray());
    }

    [Fact]
    public void Repeated_frames_are_lossless()
    {
        // Without black, which an encoder that writes differences only may use for "no change".
        byte[][] frames = [.. new[] { 0, 0, 1, 1, 1, 0 }.Select(shift =>
            Enumerable.Range(0, 16 * 16 * 3).Select(i => (byte)((i / 3 / 16 + shift) % 4 == 0 ? 140 : 255)).ToArray())];
        var clip = Clip.Black(frames.Length, 16, 16, 3) with { Pixels = frames.SelectMany(frame => frame).ToArray() };
        Assert.Equal(clip.Pixels, WriteAndRead(clip).Pixels);
    }

    [Fact]
    public void Transparent_pixels_stay_transparent()
    {
        var clip = Resample.ToChannels(Clips.MovingSquare(3), 4);
        for (var f = 0; f < 3; f++)
        {
            clip.Frame(f).Slice(8 * f, 16).Clear();
        }

        var back = WriteAndRead(clip);
        Assert.Equal(4, back.Channels);
        Assert.Equal(clip.Pixels, back.Pixels);
    }

    [Fact]
    public void Gray_is_written_as_equal_RGB_values()
    {
        var gray = Resample.ToChannels(Clips.MovingSquare(2), 1);
        Assert.Equal(Resample.ToChannels(gray, 3).Pixels, WriteAndRead(gray).Pixels);
    }

    [Fact]
    public void Noise_that_fills_the_code_table_is_lossless()
    {
        var random = new Random(5);
        var pixels = Enumerable.Range(0, 200 * 200).Select(_ => (byte)random.Next(255)).ToArray();
        var gray = new Clip(pixels, 1, 200, 200, 1);
        Assert.Equal(pixels, Resample.ToChannels(WriteAndRead(gray), 1).Pixels);
    }

    [Theory]
    [InlineData(120, 120)]
    [InlineData(33, 33)]
    [InlineData(1, 20)]
    [InlineData(10, 20)]
    public void Delays_are_rounded_to_hundredths_of_a_second(int written, int read) =>
        Assert.Equal(read, WriteAndRead(Clips.MovingSquare(frameMilliseconds: written)).FrameMilliseconds);

    [Theory]
    [InlineData(100, 10, 10)]
    [InlineData(50, 5, 5)]
    [InlineData(40, 4, 4)]
    [InlineData(20, 2, 2)]
    [InlineData(17, 2, 2)]
    [InlineData(33, 3, 4)]
    [InlineData(42, 4, 5)]
    [InlineData(125, 12, 13)]
    public void Delays_differ_by_a_hundredth_to_keep_the_rate(int milliseconds, int shortest, int longest)
    {
        var clip = Clips.MovingSquare(30, frameMilliseconds: milliseconds);
        var read = WriteAndRead(clip);
        var delays = GifParser.Parse("clip.gif", File.ReadAllBytes(folder.File("clip.gif")), int.MaxValue).Images.Select(image => image.Delay).ToList();
        Assert.Equal((shortest, longest), (delays.Min(), delays.Max()));
        Assert.Equal(milliseconds == 17 ? 20 : milliseconds, read.FrameMilliseconds);
        Assert.Equal(clip.Pixels, ClipFile.Read(folder.File("clip.gif"), new ReadOptions { EvenTimes = true }).Pixels);
        Assert.Equal(clip.Pixels, ClipFile.Read(folder.File("clip.gif"), new ReadOptions { FramesPerSecond = 1000.0 / read.FrameMilliseconds }).Pixels);
    }

    [Fact]
    public void Animations_loop_forever_and_carry_their_comment()
    {
        using var stream = new MemoryStream();
        GifCodec.Write(stream, Clips.MovingSquare(), "a red square");
        var text = Encoding.Latin1.GetString(stream.ToArray());
        Assert.Contains("NETSCAPE2.0\x03\x01\0\0\0", text, StringComparison.Ordinal);
        Assert.Contains("\x21\xFE\x0C" + "a red square\0", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Truncated_file_is_refused_with_the_frame()
    {
        var file = File.ReadAllBytes(MediaGolden.PathOf("pillow.gif"));
        File.WriteAllBytes(folder.File("cut.gif"), file[..(file.Length * 2 / 3)]);
        var error = Clips.Fails("TinySora.Media.Corrupt", () => GifCodec.Read(folder.File("cut.gif")));
        Assert.Matches("cut.gif.*frame [23]", error.Message);
    }

    [Theory]
    [InlineData("no picture at all, only words")]
    [InlineData("GIF")]
    [InlineData("GIF89a")]
    public void File_of_another_format_is_refused(string content)
    {
        File.WriteAllText(folder.File("words.gif"), content);
        Clips.Fails("TinySora.Media.Corrupt", () => GifCodec.Read(folder.File("words.gif")));
    }

    [Fact]
    public void Empty_file_is_refused()
    {
        File.WriteAllText(folder.File("empty.gif"), "");
        Assert.Contains("empty", Clips.Fails("TinySora.Media.Corrupt", () => GifCodec.Read(folder.File("empty.gif"))).Message);
    }

    [Fact]
    public void Missing_file_is_refused() =>
        Clips.Fails("TinySora.Media.NotFound", () => GifCodec.Read(folder.File("missing.gif")));

    [Fact]
    public void Header_with_60000_pixels_per_side_is_refused_before_memory_is_allocated()
    {
        var file = File.ReadAllBytes(MediaGolden.PathOf("no-trailer.gif"));
        (file[6], file[7], file[8], file[9]) = (0x60, 0xEA, 0x60, 0xEA);
        File.WriteAllBytes(folder.File("wide.gif"), file);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Clips.Fails("TinySora.Media.TooLarge", () => GifCodec.Read(folder.File("wide.gif")));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
    }

    [Fact]
    public void Too_many_frames_are_refused_at_the_limit()
    {
        // 400 frames of one pixel each on a 1000x1000 screen: 1.6 GB decoded from 8 KB.
        byte[] start = [.. "GIF89a"u8, 0xE8, 3, 0xE8, 3, 0x80, 0, 0, 0, 0, 0, 255, 255, 255];
        byte[] frame = [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
        File.WriteAllBytes(folder.File("bomb.gif"), [.. start, .. Enumerable.Repeat(frame, 400).SelectMany(f => f)]);
        Clips.Fails("TinySora.Media.TooLarge", () => GifCodec.Read(folder.File("bomb.gif")));
    }

    /// <summary>Creates two frames with all the colors, in opposite order.</summary>
    private static Clip ManyColors(int count)
    {
        var colors = Enumerable.Range(0, count).SelectMany(i => new[] { (byte)i, (byte)(255 - i), (byte)(i % 7) }).ToArray();
        var backwards = colors.Chunk(3).Reverse().SelectMany(color => color).ToArray();
        return new Clip([.. colors, .. backwards], 2, 1, count, 3);
    }

    private Clip WriteAndRead(Clip clip)
    {
        ClipFile.Write(folder.File("clip.gif"), clip);
        return ClipFile.Read(folder.File("clip.gif"));
    }
}
