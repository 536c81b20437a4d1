using TinySora.Engine.Errors;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Png;

namespace TinySora.Engine.Tests.Media.Files;

public sealed class ImageSharpPictureTests
{
    [Fact]
    public void Picture_has_the_same_pixels_as_with_the_built_in_reader()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.png");
        Write(path);
        var (ours, theirs) = (PngCodec.Read(path), ImageSharpPicture.Read(path, File.ReadAllBytes(path)));
        Assert.Equal((ours.Height, ours.Width, ours.Frames), (theirs.Height, theirs.Width, theirs.Frames));
        Assert.Equal(ours.Pixels, theirs.Pixels);
    }

    [Fact]
    public void Bmp_is_read()
    {
        // Two rows of one pixel: blue below red.
        byte[] file =
        [
            (byte)'B', (byte)'M', 62, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0, 0, 0, 0, 0, 8, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 255, 0,
        ];
        var clip = ImageSharpPicture.Read("a.bmp", file);
        Assert.Equal([255, 0, 0, 0, 0, 255], clip.Pixels);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(60)]
    public void Damaged_picture_is_refused(int length)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.png");
        Write(path);
        var error = Assert.Throws<TinySoraException>(() => ImageSharpPicture.Read(path, File.ReadAllBytes(path)[..length]));
        Assert.Equal("TinySora.Media.Corrupt", error.Id);
    }

    private static void Write(string path)
    {
        using var file = File.Create(path);
        PngCodec.Write(file, Clips.Gradient(frames: 1, height: 6, width: 9));
    }
}
