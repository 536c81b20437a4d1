using TinySora.Engine.Errors;
using TinySora.Engine.Media.Gif;

namespace TinySora.Engine.Tests.Media.Gif;

/// <summary>GIF files assembled byte by byte, with content that no common program writes.</summary>
public sealed class GifStructureTests : IDisposable
{
    /// <summary>Palette of two colors.</summary>
    private static readonly byte[] Colors = [1, 2, 3, 4, 5, 6];

    /// <summary>An image of one pixel with the first color: clear code, color 0, and end code, with codes of three bits.</summary>
    private static readonly byte[] Pixel = [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 0x01, 0];

    private readonly TemporaryFolder folder = new();

    private string Target => folder.File("a.gif");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Smallest_file_is_read()
    {
        Write(Screen(), Colors, Pixel, [0x3B]);
        var clip = GifCodec.Read(Target);
        Assert.Equal([1, 2, 3], clip.Pixels);
        Write("GIF87a"u8.ToArray(), Screen()[6..], Colors, Pixel); // without the trailer
        Assert.Equal(1, GifCodec.Read(Target).Frames);
        Write(Screen(), Colors, [0, 0], Pixel, [0x3B, 99, 99]); // stray terminators, and bytes after the end
        Assert.Equal(1, GifCodec.Read(Target).Frames);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void Screen_without_pixels_is_refused(byte width, byte height)
    {
        Write(Screen(width, height), Colors, Pixel);
        Refused($"{width}x{height} pixels");
    }

    [Theory]
    [InlineData("GIF88a")]
    [InlineData("GIF8")]
    public void Other_signatures_are_refused(string signature)
    {
        Write(System.Text.Encoding.ASCII.GetBytes(signature), signature.Length == 6 ? Screen()[6..] : [], Colors);
        Refused("not a GIF file");
    }

    [Fact]
    public void Blocks_must_be_known_and_complete()
    {
        Write(Screen(), Colors, [0x99]);
        Refused("has an unknown type");
        Write(Screen(), Colors, [0x3B]);
        Refused("has no frames");
        Write(Screen(), Colors, [0x21, 0xF9, 3, 0, 0, 0, 0], Pixel);
        Refused("graphic control extension is too short");
        Write(Screen(), Colors, Pixel[..^3]);
        Refused("truncated");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void Code_size_is_one_to_eight(byte size)
    {
        byte[] image = [.. Pixel];
        image[10] = size;
        Write(Screen(), Colors, image);
        Refused($"the code size is {size}");
    }

    [Fact]
    public void Image_has_its_own_colors_or_those_of_the_file()
    {
        byte[] own = [.. Pixel[..9], 0x80, .. (byte[])[7, 8, 9, 0, 0, 0], .. Pixel[10..]];
        Write(Screen(), Colors, own);
        Assert.Equal([7, 8, 9], GifCodec.Read(Target).Pixels);
        Write(Screen(hasColors: false), own);
        Assert.Equal([7, 8, 9], GifCodec.Read(Target).Pixels);
        Write(Screen(hasColors: false), Pixel);
        Refused("color table is missing");
    }

    [Fact]
    public void Only_the_first_comment_counts()
    {
        byte[] comments = [0x21, 0xFE, 1, (byte)'a', 0, 0x21, 0xFE, 1, (byte)'b', 0];
        Write(Screen(), Colors, comments, Pixel);
        Assert.Equal("a", GifCodec.ReadComment(Target));
    }

    private static byte[] Screen(byte width = 1, byte height = 1, bool hasColors = true) =>
        [.. "GIF89a"u8, width, 0, height, 0, (byte)(hasColors ? 0x80 : 0), 0, 0];

    private void Write(params byte[][] parts) => File.WriteAllBytes(Target, [.. parts.SelectMany(part => part)]);

    private void Refused(string reason)
    {
        var error = Assert.Throws<TinySoraException>(() => GifCodec.Read(Target));
        Assert.Equal("TinySora.Media.Corrupt", error.Id);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
