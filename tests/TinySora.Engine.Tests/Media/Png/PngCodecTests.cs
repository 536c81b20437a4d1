using System.Text;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Png;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Tests.Media.Png;

public sealed class PngCodecTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> GoldenPngs => MediaGolden.Names(".png");

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(GoldenPngs))]
    public void Pixels_match_those_that_Pillow_reads(string name)
    {
        var expected = MediaGolden.Index[name];
        var clip = PngCodec.Read(MediaGolden.PathOf(name));
        var gray = name is "gray.png" or "bits1.png";
        Assert.Equal((1, expected.Height, expected.Width), (clip.Frames, clip.Height, clip.Width));
        Assert.Equal(expected.Transparent ? 4 : gray ? 1 : 3, clip.Channels);
        Assert.Equal(MediaGolden.Unzip(Path.ChangeExtension(name, ".rgba.gz")), Resample.ToChannels(clip, 4).Pixels);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void Written_picture_is_read_back(int channels)
    {
        var clip = Resample.ToChannels(Clips.Gradient(1, 19, 33), channels);
        if (channels == 4)
        {
            clip.Pixels[3] = 128;
        }

        ClipFile.Write(folder.File("still.png"), clip);
        var back = ClipFile.Read(folder.File("still.png"));
        Assert.Equal(channels, back.Channels);
        Assert.Equal(clip.Pixels, back.Pixels);
    }

    [Theory]
    [InlineData("a red circle", "tEXtComment\0a red circle")]
    [InlineData("ein roter Kreis, 赤い円", "iTXtComment\0\0\0\0\0ein roter Kreis, 赤い円")]
    public void Comment_is_stored_as_a_text_chunk(string comment, string chunk)
    {
        using var stream = new MemoryStream();
        PngCodec.Write(stream, Clips.MovingSquare(1), comment);
        Assert.Contains(chunk, Encoding.UTF8.GetString(stream.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void Truncated_file_is_refused()
    {
        var file = File.ReadAllBytes(MediaGolden.PathOf("rgb.png"));
        File.WriteAllBytes(folder.File("cut.png"), file[..(file.Length - 20)]);
        Clips.Fails("TinySora.Media.Corrupt", () => PngCodec.Read(folder.File("cut.png")));
    }

    [Fact]
    public void Altered_byte_is_detected()
    {
        var file = File.ReadAllBytes(MediaGolden.PathOf("rgb.png"));
        file[60] ^= 1;
        File.WriteAllBytes(folder.File("bad.png"), file);
        Clips.Fails("TinySora.Media.Corrupt", () => PngCodec.Read(folder.File("bad.png")));
    }

    [Fact]
    public void Several_frames_are_refused() =>
        Clips.Fails("TinySora.Media.StillOfManyFrames", () => ClipFile.Write(folder.File("a.png"), Clips.MovingSquare()));
}
