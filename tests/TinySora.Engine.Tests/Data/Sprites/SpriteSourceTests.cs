using TinySora.Engine.Data.Sprites;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Media.Fonts;

namespace TinySora.Engine.Tests.Data.Sprites;

public sealed class SpriteSourceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<TinySoraException> errors = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void File_names_become_nouns()
    {
        Write("fire-truck.png");
        Write("sub/red_apple.png");
        File.WriteAllText(folder.File("readme.txt"), "no picture");
        Assert.Equal(["fire truck", "red apple"], Nouns());
        Assert.Empty(errors);
    }

    [Fact]
    public void Letters_of_file_names_are_composed_as_in_prompts_and_tables()
    {
        Assert.SkipUnless("e\u0301".Normalize() == "\u00e9", "This .NET has no tables of Unicode's forms.");
        Write("cafe\u0301.png");
        Assert.Equal(["caf\u00e9"], Nouns());

        File.WriteAllText(folder.File("names.csv"), "File,Name\ncaf\u00e9,coffee\n");
        Assert.Equal("coffee", Assert.Single(Open(new() { NamesPath = folder.File("names.csv") })).Name.Noun);
    }

    [Fact]
    public void Each_unusable_picture_is_one_error_and_the_others_are_used()
    {
        Write("cat.png");
        Write("cats.png");
        Write("empty.png", Clip.Black(1, 4, 4, 4));
        ClipFile.Write(folder.File("opaque.png"), Clip.Black(1, 4, 4, 3));
        File.WriteAllText(folder.File("broken.png"), "no picture");
        Assert.Equal(["cat"], Nouns());
        Assert.Equal(
            ["TinySora.Media.Corrupt", "TinySora.Sprites.NameTaken", "TinySora.Sprites.NoTransparency", "TinySora.Sprites.NoTransparency"],
            errors.Select(e => e.Id).Order(StringComparer.Ordinal));
        Assert.Contains(errors, e => (string)e.Target! == folder.File("cats.png"));
    }

    [Fact]
    public void Pictures_with_the_same_name_show_the_same_thing()
    {
        foreach (var file in (string[])["red cat (1).png", "red-cat (12).png", "sub/red cat.png", "Red_Cat(3).png", "(4).png"])
        {
            Write(file);
        }

        var sprites = Open(new());
        Assert.Equal(["(4)", "red cat", "red cat", "red cat", "red cat"], sprites.Select(s => s.Name.Noun.ToLowerInvariant()).Order(StringComparer.Ordinal));
        Assert.Equal(2, sprites.Select(s => s.Name).Distinct(ReferenceEqualityComparer.Instance).Count());

        File.WriteAllText(folder.File("names.csv"), "File,Name,Synonyms\n(4),cat,kitty\nred cat (1),cat,\nRed_Cat(3),dog,kitty\n");
        Assert.Equal([("cat", "kitty"), ("cat", "kitty")], Open(new() { NamesPath = folder.File("names.csv") }).Select(s => (s.Name.Noun, s.Name.Synonyms.Single())));
        Assert.Equal("TinySora.Sprites.NameTaken", Assert.Single(errors).Id);
    }

    [Fact]
    public void Table_selects_pictures_and_names_them()
    {
        Write("1.png");
        Write("sub/2.png");
        Write("3.png");
        File.WriteAllText(folder.File("names.csv"), "File,Name,Synonyms,Plural\n1,goose,bird; honker,\nsub/2.png,roof,,rooves\n4.png,ghost,,\n");
        var sprites = Open(new() { NamesPath = folder.File("names.csv") });
        Assert.Equal(["goose", "roof"], sprites.Select(s => s.Name.Noun));
        Assert.Equal(["bird", "honker"], sprites[0].Name.Synonyms);
        Assert.Equal(["geese", "rooves"], sprites.Select(s => s.Name.Plural));
        Assert.Equal("TinySora.Sprites.PictureMissing", Assert.Single(errors).Id);
    }

    [Theory]
    [InlineData("Picture,Name\n1,goose\n")]
    [InlineData("File,Name\n1,\n")]
    [InlineData("CodePoint,Name\nxyz,goose\n")]
    [InlineData("File,Name\n\"1,goose\n")]
    public void Table_that_cannot_be_read_is_refused(string text)
    {
        Write("1.png");
        File.WriteAllText(folder.File("names.csv"), text);
        var error = Assert.Throws<TinySoraException>(() => Open(new() { NamesPath = folder.File("names.csv") }));
        Assert.Equal(("TinySora.Sprites.NamesUnreadable", folder.File("names.csv")), (error.Id, error.Target));
    }

    [Fact]
    public void Characters_of_a_font_are_named_by_a_table()
    {
        File.WriteAllBytes(folder.File("font.ttf"), TestFont.Create([TestSprites.Flag(1, 2, 3), TestSprites.Disc()]));
        File.WriteAllText(folder.File("names.csv"), "CodePoint,Name\n1F600,flag\nU+1F601,disc\n1F602,nothing\n");
        var sprites = Open(new() { Sources = [folder.File("font.ttf")], NamesPath = folder.File("names.csv") });
        Assert.Equal(["flag", "disc"], sprites.Select(s => s.Name.Noun));
        Assert.Equal((1, 32 / 40.0), (sprites[0].Width, sprites[0].Height));
        Assert.Contains("U+1F602", Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_sources_and_pictures_are_errors()
    {
        Assert.Equal("TinySora.Data.SourceMissing", Assert.Throws<TinySoraException>(() => Open(new() { Sources = [folder.File("none")] })).Id);
        Assert.Equal("TinySora.Sprites.NoSprites", Assert.Throws<TinySoraException>(() => Open(new())).Id);
    }

    [Fact]
    public void Svg_is_drawn_by_the_installed_program_or_is_one_error()
    {
        Write("cat.png");
        File.WriteAllText(folder.File("dog.svg"), "<svg xmlns='http://www.w3.org/2000/svg' width='20' height='20'><circle cx='10' cy='10' r='8' fill='red'/></svg>");
        File.WriteAllText(folder.File("broken.svg"), "no picture");
        var nouns = Nouns();
        Assert.Equal(nouns.Contains("dog") ? ["TinySora.Media.FFmpegFailed"] : ["TinySora.Media.SvgConverterMissing", "TinySora.Media.SvgConverterMissing"], errors.Select(e => e.Id));
        Assert.Contains("cat", nouns);
    }

    [Fact]
    public void Standard_names_are_distinct_and_their_articles_and_plurals_known()
    {
        var names = SpriteNames.Standard.Select(row => row.Name).ToList();
        Assert.InRange(names.Count, 200, 240);
        Assert.Equal(names.Count, SpriteNames.Standard.Select(row => row.CodePoint).Distinct().Count());
        string[] words = [.. names.SelectMany(name => name.Words.SelectMany(word => new[] { word.Singular, word.Plural }.Distinct()))];
        Assert.Equal([], words.GroupBy(word => word, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1).Select(group => group.Key));
        var parser = new SpriteParser(names);
        Assert.All(words, word => Assert.NotNull(parser.Parse($"{word} jumping")));
    }

    [Fact]
    public void Installed_font_has_all_standard_pictures()
    {
        Assert.SkipWhen(SpriteSource.FindFont() is null, "The font Noto Color Emoji is not installed.");
        var sprites = Open(new() { Sources = [SpriteSource.FindFont()!] });
        Assert.Empty(errors);
        Assert.Equal(SpriteNames.Standard.Count, sprites.Count);
        Assert.InRange(sprites.Count(sprite => sprite.ShowsTurning), 190, sprites.Count - 1);
    }

    private IEnumerable<string> Nouns() => Open(new()).Select(sprite => sprite.Name.Noun).Order(StringComparer.Ordinal);

    private IReadOnlyList<Sprite> Open(SpriteOptions options) =>
        SpriteSource.Open(options.Sources.Count > 0 ? options : options with { Sources = [folder.Path] }, 32, errors.Add);

    private void Write(string name, Clip? picture = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
        ClipFile.Write(folder.File(name), picture ?? TestSprites.Flag(200, 100, 50));
    }
}
