using System.Text.RegularExpressions;

namespace TinySora.Help;

/// <summary>Converts a documentation page to the plain text that Get-Help shows for an about_ topic, without images and sample output.</summary>
internal static partial class AboutTopic
{
    private const int Width = 78;
    private const string Margin = "    ";

    /// <summary>Help topics and their source pages.</summary>
    public static readonly IReadOnlyDictionary<string, string> Pages = new Dictionary<string, string>
    {
        ["about_TinySora"] = "start.md",
        ["about_TinySora_Datasets"] = "datasets.md",
        ["about_TinySora_Training"] = "training.md",
        ["about_TinySora_Generating"] = "generating.md",
        ["about_TinySora_Studio"] = "studio.md",
        ["about_TinySora_Checkpoints"] = "checkpoints.md",
        ["about_TinySora_Troubleshooting"] = "troubleshooting.md",
    };

    /// <param name="markdown">The page, which starts with a heading and a paragraph whose first sentence becomes the topic's synopsis.</param>
    public static string Text(string topic, string markdown)
    {
        var blocks = Blocks(markdown.ReplaceLineEndings("\n")).ToList();
        var opening = blocks.FirstOrDefault(b => IsText(b[0]))
            ?? throw new InvalidDataException($"The page for {topic} has no text.");

        // PowerShell shows the fifth line as the synopsis.
        var lines = new List<string> { "TOPIC", Margin + topic, "", "SHORT DESCRIPTION", Margin + FirstSentence().Match(Plain(opening)).Value, "" };
        lines.Add("LONG DESCRIPTION");
        foreach (var block in blocks)
        {
            var rendered = Render(block).ToList();
            if (rendered.Count > 0)
            {
                lines.AddRange(rendered);
                lines.Add("");
            }
        }

        return string.Join('\n', lines).TrimEnd() + "\n";
    }

    /// <summary>Returns the blocks of a page: paragraphs, headings, list items, tables, and code blocks with their fences.</summary>
    private static IEnumerable<IReadOnlyList<string>> Blocks(string markdown)
    {
        var block = new List<string>();
        var isCode = false;
        foreach (var line in markdown.Split('\n').Append(""))
        {
            isCode ^= line.StartsWith("```", StringComparison.Ordinal);
            var ends = !isCode && line.Trim().Length == 0;
            if (block.Count > 0 && (ends || (IsItem(line) && !isCode)))
            {
                yield return block;
                block = [];
            }

            if (!ends)
            {
                block.Add(line);
            }
        }
    }

    private static IEnumerable<string> Render(IReadOnlyList<string> block) => block[0] switch
    {
        ['#', ' ', ..] or ['!', '[', ..] or "```output" => [],
        ['#', ..] heading => [heading.TrimStart('#', ' ').Replace("`", "")],
        ['`', '`', '`', ..] => block.Skip(1).SkipLast(1).Select(l => $"{Margin}{Margin}{l}".TrimEnd()),
        ['|', ..] => TextTable.Render([.. block.Select(Cells).Where((_, i) => i != 1)], Width - Margin.Length).Select(l => Margin + l),
        var item when IsItem(item) => Wrap(Plain(block)[2..], Width, Margin + "- ", Margin + "  "),
        _ => Wrap(Plain(block), Width, Margin, Margin),
    };

    private static string[] Cells(string row) => [.. row.Trim()[1..^1].Split('|').Select(c => Plain([c.Trim()]))];

    private static bool IsItem(string line) => line is ['-' or '*', ' ', ..];

    private static bool IsText(string line) => line is not ['#' or '!' or '|' or '`', ..];

    /// <summary>Joins lines and removes Markdown markup; a link to the page of another topic becomes the topic's name.</summary>
    private static string Plain(IReadOnlyList<string> lines)
    {
        var text = Link().Replace(string.Join(' ', lines.Select(l => l.Trim())), link =>
            Pages.FirstOrDefault(p => link.Groups["page"].Value == p.Value).Key is string topic && topic != link.Groups["text"].Value
                ? $"{link.Groups["text"].Value} ({topic})"
                : link.Groups["text"].Value);
        return text.Replace("`", "").Replace("**", "");
    }

    internal static IEnumerable<string> Wrap(string text, int width, string first, string others)
    {
        var line = first;
        var isEmpty = true;
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!isEmpty && line.Length + 1 + word.Length > width)
            {
                yield return line;
                (line, isEmpty) = (others, true);
            }

            line += isEmpty ? word : " " + word;
            isEmpty = false;
        }

        yield return line;
    }

    [GeneratedRegex(@"^.*?[.:](?=\s|$)")]
    private static partial Regex FirstSentence();

    [GeneratedRegex(@"\[(?<text>[^\]]+)\]\((?<page>[^)#]*)[^)]*\)")]
    private static partial Regex Link();
}
