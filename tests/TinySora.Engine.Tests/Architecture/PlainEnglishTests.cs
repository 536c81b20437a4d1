using System.Text.RegularExpressions;

namespace TinySora.Engine.Tests.Architecture;

/// <summary>Checks the words of docs/glossary.md, the links, and the size of the documentation.</summary>
public sealed partial class PlainEnglishTests
{
    private const int LongestPage = 16_000;
    private const int AllPages = 220_000;

    private static readonly string[] ContributorPages = ["architecture.md", "glossary.md"];

    /// <summary>Files with words that prompts may contain.</summary>
    private static readonly string[] PromptWords = ["TinySora.Engine/Data/Sprites/SpriteWords.cs", "TinySora.Engine/Studio/WordKinds.cs"];

    [Fact]
    public void Documentation_stays_within_its_size_limits()
    {
        var pages = Directory.GetFiles(Repository.At("docs"), "*.md").Select(path => new FileInfo(path)).ToList();
        Assert.Equal([], pages.Where(page => page.Length > LongestPage).Select(page => $"{page.Name}: {page.Length}"));
        Assert.InRange(pages.Sum(page => page.Length), 1, AllPages);
        Assert.InRange(pages.Count(page => !ContributorPages.Contains(page.Name)), 1, 18);
    }

    [Fact]
    public void Links_between_pages_have_targets()
    {
        var broken = from page in Pages()
                     from Match link in Link().Matches(File.ReadAllText(page))
                     let target = link.Groups["path"].Value
                     let path = target.Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, target))
                     where !Path.Exists(path) || (link.Groups["anchor"].Value is { Length: > 0 } anchor && !Anchors(path).Contains(anchor))
                     select $"{Path.GetFileName(page)}: {link.Value}";
        Assert.Equal([], broken);
    }

    [Fact]
    public void Words_that_the_glossary_replaces_are_not_used()
    {
        var pages = Pages().Concat(Directory.GetFiles(Repository.At("docs", "cmdlets"), "*.md")).SelectMany(page => Lines(page, text => [text]));
        var sources = ((string[])["TinySora.Engine", "TinySora.PowerShell", "TinySora.Kernels", "build"])
            .SelectMany(folder => Repository.Sources(folder, ".cs", ".cpp", ".h")).Except(PromptWords)
            .SelectMany(file => Lines(Repository.At(file), InCode));
        Assert.Equal([], pages.Concat(sources).Where(line => Replaced().IsMatch(line.Text)).Select(line => $"{line.File}: {line.Text.Trim()}"));
    }

    [Theory]
    [InlineData("The file is written anew.")]
    [InlineData("The vocabulary lies beside the weights.")]
    [InlineData("Null: nobody can.")]
    public void Replaced_word_is_detected(string text) => Assert.Matches(Replaced(), text);

    private static IEnumerable<string> Pages() =>
    [
        .. Directory.GetFiles(Repository.At("docs"), "*.md"), .. Directory.GetFiles(Repository.At("dev"), "*.md"),
        Repository.At("README.md"), Repository.At("CONTRIBUTING.md"), Repository.At("CHANGELOG.md"),
    ];

    private static IEnumerable<(string File, string Text)> Lines(string path, Func<string, IEnumerable<string>> text) =>
        File.ReadLines(path).SelectMany(text).Select(line => (Path.GetRelativePath(Repository.At("."), path), line));

    private static IEnumerable<string> InCode(string line) => CommentOrLiteral().Matches(line).Select(match => match.Value);

    private static HashSet<string> Anchors(string path) => File.ReadLines(path).Where(line => line.StartsWith('#'))
        .Select(line => NotInAnchors().Replace(line.TrimStart('#', ' ').ToLowerInvariant(), "").Replace(' ', '-')).ToHashSet();

    [GeneratedRegex(@"\]\((?!https?:|mailto:)(?<path>[^)#\s]*)(?:#(?<anchor>[^)\s]*))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"//.*|""(?:[^""\\]|\\.)*""")]
    private static partial Regex CommentOrLiteral();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();

    [GeneratedRegex(@"\b(?:anew|nobody|somebody|whoever|beside|comes? along)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Replaced();
}
