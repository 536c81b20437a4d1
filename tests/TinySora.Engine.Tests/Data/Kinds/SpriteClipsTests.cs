using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Sprites;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Data.Sprites;

namespace TinySora.Engine.Tests.Data.Kinds;

public sealed class SpriteClipsTests : IDisposable
{
    private static readonly SyntheticKind Kind = (SyntheticKind)DatasetKinds.Find("Sprites");

    private readonly TemporaryFolder folder = new();

    public SpriteClipsTests()
    {
        Directory.CreateDirectory(folder.File("pictures"));
        foreach (var (noun, n) in ((string[])["cat", "dog", "fire-truck", "owl", "tree"]).Select((noun, n) => (noun, n)))
        {
            ClipFile.Write(folder.File("pictures", $"{noun}.png"), TestSprites.Flag((byte)(50 * n), 200, 100));
        }
    }

    public void Dispose() => folder.Dispose();

    private DrawOptions Small => Kind.Defaults with { Count = 30, Size = 24, Frames = 3, Sprites = new SpriteOptions { Sources = [folder.File("pictures")] } };

    [Fact]
    public void Clips_are_written_with_several_captions_of_the_same_meaning()
    {
        var clips = DatasetWriter.Draw(folder.File("data"), Kind, Small).ToList();
        var parser = new SpriteParser(((string[])["cat", "dog", "fire truck", "owl", "tree"]).Select(noun => TestSprites.Name(noun)));
        Assert.Equal(30, clips.Count);
        foreach (var clip in clips)
        {
            var captions = CaptionFile.ReadAll(clip.Path);
            Assert.Equal((clip.Caption, true), (captions[0], captions.Count is >= 2 and <= 4));
            var meaning = Assert.Single(captions.Select(parser.Parse).Distinct());
            Assert.NotEqual(ShapesSplit.Judged, SpriteSplits.Of(meaning!));
            Assert.Equal((3, 24, 24), ClipFile.Read(clip.Path) is var read ? (read.Frames, read.Height, read.Width) : default);
        }
    }

    [Fact]
    public void Interrupted_run_resumes_with_the_same_clips()
    {
        Assert.Equal(30, DatasetWriter.Draw(folder.File("a"), Kind, Small).Count());
        Assert.Single(DatasetWriter.Draw(folder.File("b"), Kind, Small).Take(1));
        Assert.Equal(30, DatasetWriter.Draw(folder.File("b"), Kind, Small).Count());
        Assert.Equal(Contents("a"), Contents("b"));

        IEnumerable<(string, string)> Contents(string name) => Directory.GetFiles(folder.File(name)).Order(StringComparer.Ordinal)
            .Select(path => (Path.GetFileName(path), Convert.ToHexString(File.ReadAllBytes(path))));
    }

    [Fact]
    public void Photographs_fill_the_background()
    {
        Directory.CreateDirectory(folder.File("photographs"));
        var photograph = Clip.Black(1, 60, 90, 3);
        photograph.Pixels.AsSpan().Fill(77);
        ClipFile.Write(folder.File("photographs", "wall.png"), photograph);
        File.WriteAllText(folder.File("photographs", "broken.png"), "no picture");
        var options = Small with { Sprites = Small.Sprites! with { PhotographsPath = folder.File("photographs"), Backgrounds = [SpriteBackgroundKind.Photograph] } };
        var errors = new List<string>();
        var draw = Kind.Open(options, e => errors.Add(e.Id));
        Assert.Equal(["TinySora.Media.Corrupt"], errors);
        Assert.All(Enumerable.Range(0, 10), k => Assert.True(draw(k).Clip.Frame(0).Count((byte)77) > 24 * 24));
        Assert.Throws<TinySoraException>(() => Kind.Open(options));
    }

    [Fact]
    public void Numbers_out_of_range_and_missing_photographs_are_refused()
    {
        Assert.Equal("TinySora.Data.OutOfRange", IdOf(Small with { Size = 15 }));
        Assert.Equal("TinySora.Data.OutOfRange", IdOf(Small with { Sprites = Small.Sprites! with { Captions = 0 } }));
        Assert.Equal("TinySora.Data.OutOfRange", IdOf(Small with { Sprites = Small.Sprites! with { Backgrounds = [SpriteBackgroundKind.Photograph] } }));
        Assert.Equal("TinySora.Data.SourceMissing", IdOf(Small with { Sprites = Small.Sprites! with { PhotographsPath = folder.File("none") } }));

        string IdOf(DrawOptions options) => Assert.Throws<TinySoraException>(() => DatasetWriter.Draw(folder.File("data"), Kind, options)).Id;
    }
}
