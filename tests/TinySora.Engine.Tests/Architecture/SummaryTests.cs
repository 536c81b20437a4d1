using System.Text.RegularExpressions;

namespace TinySora.Engine.Tests.Architecture;

/// <summary>Tooltips show a summary without the lines around it, so it must be a noun phrase or a complete sentence.</summary>
public sealed partial class SummaryTests
{
    [Fact]
    public void Every_summary_stands_alone()
    {
        var summaries = (from folder in (string[])["TinySora.Engine", "TinySora.PowerShell", "build"]
                         from path in Repository.Sources(folder, ".cs")
                         from summary in In(File.ReadAllText(Repository.At(path)))
                         select (Path: path, Text: summary)).ToList();
        Assert.True(summaries.Count > 1000);
        Assert.Equal([], summaries.Where(summary => IsFragment(summary.Text)).Select(summary => $"{summary.Path}: {summary.Text}"));
    }

    [Theory]
    [InlineData("Of which.")]
    [InlineData("Likewise, and waits for what is done at the end.")]
    [InlineData("The same for frames.")]
    [InlineData("Where it is.")]
    [InlineData("See Perplexity.")]
    [InlineData("Null: all examples are here.")]
    [InlineData("In the limit.")]
    [InlineData("Doubles them.")]
    [InlineData("Mean squared.")]
    public void Fragment_is_detected(string summary) => Assert.True(IsFragment(summary));

    [Theory]
    [InlineData("Mean squared error.")]
    [InlineData("The frames of a clip, and those before it.")]
    [InlineData("How frames are chosen from videos.")]
    public void Phrase_or_sentence_is_accepted(string summary) => Assert.False(IsFragment(summary));

    [Fact]
    public void Summary_is_checked_without_its_markup() => Assert.Equal(
        ["The length of Clip, in frames."],
        In("    /// <summary>\n    /// The length of <see cref=\"Media.Clip\"/>,\n    /// in frames.\n    /// </summary>\n    public int Length;"));

    private static IEnumerable<string> In(string source) => Summary().Matches(source.ReplaceLineEndings("\n"))
        .Select(match => Space().Replace(Mark().Replace(Reference().Replace(match.Groups[1].Value, "$1"), ""), " ").Trim());

    private static bool IsFragment(string summary)
    {
        var words = summary.Split(' ').Length;
        return words < 3 || LeansOnWhatIsAbove().IsMatch(summary) || (words <= 5 && PointsElsewhere().IsMatch(summary));
    }

    /// <summary>Matches first words that continue what is above or next to the member: conjunctions, prepositions, pronouns.</summary>
    [GeneratedRegex(@"^(?:Of|Likewise|And|Or|But|Also|Else|Then|Again|Not|As|Null|null|See|The same|The other way|Which|That|Whose|Such|So|Others|Because"
        + @"|It|Its|They|Their|Them|Those|These|With|Without|Within|In|On|By|At|To|From|For|Between|Under)\b")]
    private static partial Regex LeansOnWhatIsAbove();

    /// <summary>Matches pronouns without a noun in a few words, and questions too short to say what they ask about.</summary>
    [GeneratedRegex(@"\b(?:it|them|they|those|these|such|so|others|theirs)\b|^(?:What|Where|How|When|Who|Why)(?: \S+){1,3}$")]
    private static partial Regex PointsElsewhere();

    [GeneratedRegex(@"^[ \t]*///[ \t]*<summary>(.*?)</summary>", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Summary();

    [GeneratedRegex(@"<\w+ (?:cref|name|langword)=""(?:[^""]*[.:])?([^""]*)""\s*/>")]
    private static partial Regex Reference();

    [GeneratedRegex(@"\n[ \t]*///|<[^>]+>")]
    private static partial Regex Mark();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
