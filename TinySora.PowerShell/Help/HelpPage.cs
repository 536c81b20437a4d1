using System.Text.RegularExpressions;

namespace TinySora.Help;

internal sealed record HelpExample(string Title, string Code, string Remark);

/// <summary>A page in docs/cmdlets, with a heading, synopsis, description, parameters, examples and related links.</summary>
/// <param name="Links">Names of cmdlets and about_ topics for Get-Help.</param>
internal sealed partial record HelpPage(
    string Synopsis, IReadOnlyList<string> Description, IReadOnlyDictionary<string, string> Parameters,
    IReadOnlyList<HelpExample> Examples, IReadOnlyList<string> Links)
{
    private const int FewestExamples = 3;

    private static readonly Dictionary<string, string> CommonTexts = new()
    {
        ["WhatIf"] = "Shows what would happen; nothing is written.",
        ["Confirm"] = "Prompts for confirmation before anything is written.",
    };

    /// <exception cref="InvalidDataException">The page does not match the cmdlet.</exception>
    public static HelpPage Read(string path, CmdletFacts cmdlet)
    {
        var text = File.ReadAllText(path).ReplaceLineEndings("\n");
        var sections = Split(text, "\n## ");
        var (heading, body) = Head(sections[0].TrimStart('#', ' '));
        Require(heading == cmdlet.Name, path, $"starts with '{heading}' instead of '{cmdlet.Name}'");
        var paragraphs = Paragraphs(body);
        Require(paragraphs.Count > 0, path, "has no synopsis");

        var parameters = Entries(sections, "Parameters").ToDictionary(e => e.Head.TrimStart('-'), e => Plain(e.Body));
        var examples = Entries(sections, "Examples").Select(e => Example(e.Head, e.Body, path)).ToList();
        var needed = cmdlet.Parameters.Select(p => p.Name).Except(CommonTexts.Keys).Distinct().ToList();
        Require(!needed.Except(parameters.Keys).Any(), path, $"does not describe -{string.Join(", -", needed.Except(parameters.Keys))}");
        Require(
            !parameters.Keys.Except(needed).Any(), path, $"describes -{string.Join(", -", parameters.Keys.Except(needed))}, which the cmdlet does not have");
        Require(!parameters.ContainsValue(""), path, $"does not describe -{parameters.FirstOrDefault(p => p.Value.Length == 0).Key}");
        Require(paragraphs.Count > 1, path, "has no description after the synopsis");
        Require(examples.Count >= FewestExamples, path, $"has fewer than {FewestExamples} examples");
        var links = sections.Skip(1).Select(Head).Where(s => s.Head == "Related links").SelectMany(s => Link().Matches(s.Body))
            .Select(l => l.Groups["name"].Value).ToList();
        Require(links.Count > 0, path, "has no related links");
        return new HelpPage(
            paragraphs[0], paragraphs[1..], parameters.Concat(CommonTexts).ToDictionary(), examples, links);
    }

    private static HelpExample Example(string title, string body, string path)
    {
        var code = CodeBlock().Match(body);
        Require(code.Success, path, $"has no code in the example '{title}'");
        var remark = Plain(CodeBlock().Replace(body, ""));
        Require(remark.Length > 0, path, $"does not describe the example '{title}'");
        return new HelpExample(title, code.Groups[1].Value.Trim(), remark);
    }

    private static IEnumerable<(string Head, string Body)> Entries(string[] sections, string title) =>
        sections.Skip(1).Select(Head).Where(s => s.Head == title)
            .SelectMany(s => Split("\n" + s.Body, "\n### ").Skip(1)).Select(Head);

    private static string[] Split(string text, string separator) => text.Split(separator);

    private static (string Head, string Body) Head(string text)
    {
        var lines = text.Split('\n', 2);
        return (lines[0].Trim(), lines.Length > 1 ? lines[1].Trim('\n') : "");
    }

    private static List<string> Paragraphs(string text) =>
        [.. text.Split("\n\n").Select(Plain).Where(p => p.Length > 0)];

    /// <summary>Joins lines and removes Markdown markup; Get-Help wraps the text.</summary>
    private static string Plain(string text) =>
        Spaces().Replace(text.Replace("`", "").Replace("**", ""), " ").Trim();

    private static void Require(bool holds, string path, string problem)
    {
        if (!holds)
        {
            throw new InvalidDataException($"{Path.GetFileName(path)} {problem}.");
        }
    }

    [GeneratedRegex("```powershell\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\[(?<name>[^\]]+)\]\(")]
    private static partial Regex Link();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
