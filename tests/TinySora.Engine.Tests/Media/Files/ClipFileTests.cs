using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Resampling;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Tests.Media.Files;

public sealed class ClipFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Unknown_extension_is_refused_with_the_known_ones()
    {
        Clips.Fails("TinySora.Media.NotFound", () => ClipFile.Read(folder.File("clip.txt")));
        File.WriteAllText(folder.File("clip.txt"), "no clip");
        var error = Clips.Fails("TinySora.Media.UnknownFormat", () => ClipFile.Read(folder.File("clip.txt")));
        Assert.Contains(".gif", error.Advice, StringComparison.Ordinal);
        Clips.Fails("TinySora.Media.UnwritableFormat", () => ClipFile.Write(folder.File("clip.webm"), Clips.MovingSquare()));
    }

    [Fact]
    public void Format_is_recognized_by_its_extension_in_any_case()
    {
        Assert.True(ClipFile.IsGif("A.GIF"));
        Assert.True(ClipFile.IsStill("a.Png"));
        Assert.True(ClipFile.IsVideo("a.MP4"));
        Assert.False(ClipFile.IsVideo("a.gif"));
    }

    [Theory]
    [InlineData("clip.gif")]
    [InlineData("clip.png")]
    [InlineData("clip.mp4")]
    public void Missing_folder_is_a_write_error_that_leaves_no_file(string name)
    {
        var path = Path.Combine(folder.Path, "absent", name);
        Clips.Fails("TinySora.Media.CannotWrite", () => ClipFile.Write(path, Clips.MovingSquare(1)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Failed_write_keeps_the_old_file()
    {
        File.WriteAllText(folder.File("old.gif"), "older");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.WriteStream(folder.File("old.gif"), output =>
        {
            output.Write("half"u8);
            throw new InvalidOperationException();
        }, MediaErrors.CannotWrite));
        Assert.Equal("older", File.ReadAllText(folder.File("old.gif")));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Part_of_a_GIF_has_the_requested_start_duration_rate_and_count()
    {
        var clip = Clips.MovingSquare(10, frameMilliseconds: 100);
        ClipFile.Write(folder.File("ten.gif"), clip);

        var part = ClipFile.Read(folder.File("ten.gif"), new ReadOptions
        {
            Start = TimeSpan.FromSeconds(0.2), Duration = TimeSpan.FromSeconds(0.6), FramesPerSecond = 5, ShorterSide = 8,
        });
        Assert.Equal((3, 8, 10, 200), (part.Frames, part.Height, part.Width, part.FrameMilliseconds));
        Assert.Equal(Resample.ShorterSide(Resample.Select(clip, [3, 5, 7]), 8).Pixels, part.Pixels);

        var first = ClipFile.Read(folder.File("ten.gif"), new ReadOptions { MaxFrames = 4 });
        Assert.Equal(Resample.TakeFrames(clip, 4).Pixels, first.Pixels);
        Clips.Fails("TinySora.Media.NoFrames", () =>
            ClipFile.Read(folder.File("ten.gif"), new ReadOptions { Start = TimeSpan.FromSeconds(5) }));
    }
}
