using TinySora.Engine.Media;
using TinySora.Engine.Media.Png;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Tests.Media.Resampling;

public class ResampleTests
{
    public static TheoryData<string, int, int, int> Sizes()
    {
        var data = new TheoryData<string, int, int, int>();
        foreach (var (mode, channels) in new[] { ("RGB", 3), ("L", 1), ("RGBA", 4) })
        {
            foreach (var (height, width) in new[] { (8, 12), (23, 16), (46, 74), (31, 9), (23, 50) })
            {
                data.Add(mode, channels, height, width);
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Resized_frames_match_Pillow(string mode, int channels, int height, int width)
    {
        var source = PngCodec.Read(MediaGolden.PathOf("resample-source.png"));
        // Pillow's convert drops alpha; TinySora would blend it with black.
        if (channels < 4)
        {
            for (var i = 3; i < source.Pixels.Length; i += 4)
            {
                source.Pixels[i] = 255;
            }
        }
        var resized = Resample.Resize(Resample.ToChannels(source, channels), height, width);
        Assert.Equal((height, width), (resized.Height, resized.Width));
        Assert.Equal(MediaGolden.Unzip($"resample-{mode}-{height}x{width}.gz"), resized.Pixels);
    }

    [Fact]
    public void Frames_are_scaled_independently()
    {
        var source = Resample.ToChannels(PngCodec.Read(MediaGolden.PathOf("resample-source.png")), 4);
        var black = source with { Pixels = new byte[source.Pixels.Length] };
        var three = source with { Pixels = [.. black.Pixels, .. source.Pixels, .. black.Pixels], Frames = 3 };
        var resized = Resample.Resize(three, 31, 9);
        Assert.Equal(MediaGolden.Unzip("resample-RGBA-31x9.gz"), resized.Frame(1).ToArray());
        Assert.All([.. resized.Frame(0), .. resized.Frame(2)], value => Assert.Equal(0, value));
    }

    /// <summary>Compares with the definition in double precision, because Pillow rounds after each axis.</summary>
    [Theory]
    [InlineData(28, 67)]
    [InlineData(28, 11)]
    public void Lanczos_is_a_sinc_windowed_by_a_sinc_of_three_times_its_width(int from, int to)
    {
        byte[] row = [.. Enumerable.Range(0, from).Select(i => (byte)(60 + (i * 37 % 120)))];
        var scaled = Resample.Resize(new Clip(row, 1, 1, from, 1), 1, to, ScaleKernel.Lanczos).Pixels;
        double scale = (double)from / to, unit = Math.Max(1, scale);
        for (var i = 0; i < to; i++)
        {
            double[] weights = [.. Enumerable.Range(0, from).Select(k => Lanczos((k + 0.5 - (i + 0.5) * scale) / unit))];
            var expected = weights.Zip(row, (w, p) => w * p).Sum() / weights.Sum();
            Assert.InRange(scaled[i] - expected, -0.501, 0.501);
        }

        static double Lanczos(double x) => x == 0 ? 1
            : Math.Abs(x) >= 3 ? 0
            : 3 * Math.Sin(Math.PI * x) * Math.Sin(Math.PI * x / 3) / (Math.PI * Math.PI * x * x);
    }

    [Theory]
    [InlineData(23, 37, 10, 10, 16)]
    [InlineData(37, 23, 10, 16, 10)]
    [InlineData(40, 40, 64, 64, 64)]
    public void Shorter_side_gets_the_size_and_the_longer_keeps_the_aspect_ratio(int h, int w, int size, int height, int width)
    {
        var clip = Resample.ShorterSide(Clip.Black(2, h, w, 3), size);
        Assert.Equal((2, height, width), (clip.Frames, clip.Height, clip.Width));
    }

    [Fact]
    public void Centre_crop_takes_the_middle_of_every_frame()
    {
        var clip = Clips.Gradient(2, 9, 12);
        var crop = Resample.CenterCrop(clip, 4);
        Assert.Equal((2, 4, 4), (crop.Frames, crop.Height, crop.Width));
        // torchvision: round((9 - 4) / 2) = 2 (half to even), (12 - 4) / 2 = 4.
        for (var f = 0; f < 2; f++)
        {
            Assert.Equal(clip.Frame(f).Slice((3 * 12 + 4) * 3, 12).ToArray(), crop.Frame(f).Slice(4 * 3, 12).ToArray());
        }
    }

    [Fact]
    public void Centre_crop_larger_than_the_clip_pads_with_black()
    {
        Clip clip = new(Enumerable.Repeat((byte)9, 6).ToArray(), 1, 2, 3, 1);
        var crop = Resample.CenterCrop(clip, 4);
        Assert.Equal([0, 0, 0, 0, 9, 9, 9, 0, 9, 9, 9, 0, 0, 0, 0, 0], crop.Pixels);
    }

    [Fact]
    public void Excess_frames_are_cut_and_missing_ones_are_black()
    {
        Clip clip = new([1, 2, 3], 3, 1, 1, 1);
        Assert.Equal([1, 2], Resample.TakeFrames(clip, 2).Pixels);
        Assert.Equal([1, 2, 3, 0, 0], Resample.TakeFrames(clip, 5).Pixels);
        Assert.Equal(5, Resample.TakeFrames(clip, 5).Frames);
    }

    [Fact]
    public void Channels_convert_as_in_Pillow()
    {
        Clip rgba = new([255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 0], 1, 1, 3, 4);
        Assert.Equal([255, 0, 0, 0, 255, 0, 0, 0, 0], Resample.ToChannels(rgba, 3).Pixels);
        // Image.convert("L") of pure red and green is 76 and 150; the blue pixel is transparent.
        Assert.Equal([76, 150, 0], Resample.ToChannels(rgba, 1).Pixels);
        Clip gray = new([7], 1, 1, 1, 1);
        Assert.Equal([7, 7, 7, 255], Resample.ToChannels(gray, 4).Pixels);
    }
}
