using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Tests.Media;

public sealed class CommentTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("clip.gif", 1, 254, 255, 256, 510, 511, 60_000)] // split into blocks of 255 bytes
    [InlineData("clip.png", 1, 60_000)]
    [InlineData("clip.mp4", 60_000)]
    public void Comment_of_any_length_is_read_back(string name, params int[] lengths)
    {
        if (name.EndsWith(".mp4", StringComparison.Ordinal))
        {
            Needs.FFmpeg();
        }

        foreach (var length in lengths)
        {
            var comment = string.Concat(Enumerable.Range(0, length).Select(i => (char)('!' + (i % 94))));
            ClipFile.Write(folder.File(name), Clips.MovingSquare(1), comment);
            Assert.Equal(comment, ClipFile.ReadComment(folder.File(name)));
        }
    }

    [Theory]
    [InlineData("clip.gif", 4)]
    [InlineData("clip.png", 1)]
    [InlineData("clip.mp4", 4)]
    public void Comment_changes_no_pixel_and_a_missing_one_is_null(string name, int frames)
    {
        if (name.EndsWith(".mp4", StringComparison.Ordinal))
        {
            Needs.FFmpeg();
        }

        ClipFile.Write(folder.File(name), Clips.MovingSquare(frames));
        var plain = ClipFile.Read(folder.File(name)).Pixels;
        Assert.Null(ClipFile.ReadComment(folder.File(name)));
        ClipFile.Write(folder.File(name), Clips.MovingSquare(frames), """{"prompt":"a = 'b'; c\\d"}""");
        Assert.Equal("""{"prompt":"a = 'b'; c\\d"}""", ClipFile.ReadComment(folder.File(name)));
        Assert.Equal(plain, ClipFile.Read(folder.File(name)).Pixels);
    }

    [Fact]
    public void Both_kinds_of_text_chunks_are_read()
    {
        foreach (var comment in new[] { "Größe", "赤い円" })
        {
            ClipFile.Write(folder.File("a.png"), Clips.MovingSquare(1), comment);
            Assert.Equal(comment, ClipFile.ReadComment(folder.File("a.png")));
        }
    }

    [Fact]
    public void Comments_of_other_programs_are_read()
    {
        Assert.Null(ClipFile.ReadComment(MediaGolden.PathOf("rgb.png")));
        Assert.Equal("hello", ClipFile.ReadComment(MediaGolden.PathOf("no-trailer.gif")));
        Clips.Fails("TinySora.Media.NotFound", () => ClipFile.ReadComment(folder.File("missing.gif")));
        Clips.Fails("TinySora.Media.UnknownFormat", () => ClipFile.ReadComment(folder.Path));
    }
}
