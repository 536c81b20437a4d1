using System.Text.RegularExpressions;
using System.Xml.Linq;
using TinySora.PowerShell.Tests.Cmdlets;

namespace TinySora.PowerShell.Tests.Help;

/// <summary>An example of the displayed help: of a cmdlet, or a block of commands in an about_ topic.</summary>
public sealed partial record HelpExample(string Of, string Title, string Code)
{
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    public static readonly string Folder = Path.Combine(Workspace.ModuleFolder, "en-US");

    public static readonly IReadOnlyList<HelpExample> All = [.. OfCmdlets(), .. OfTopics()];

    /// <summary>The pipelines, with small numbers of clips, steps and minutes so that each takes little time.</summary>
    public IEnumerable<string> TinyPipelines => Shrink(Code).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public override string ToString() => $"{Of}: {Title}";

    private static string Shrink(string code)
    {
        code = StepFile().Replace(code, "step-00000003");
        code = FromStep().Replace(code, "3");
        code = LastStep().Replace(code, "4");
        code = Minutes().Replace(code, "0.01");
        code = Budget().Replace(code, "-Config shapes-small -Budget 1s");
        code = Amount().Replace(code, number => number.Value == "1" ? "1" : "2");
        code = OpenStudio().Replace(code, "$0 | Select-Object -First 1");
        code = AtATerminal().Replace(code, "");
        return DrawnInFull().Replace(code, "$0 -Count 2");
    }

    private static IEnumerable<HelpExample> OfCmdlets() =>
        XDocument.Load(Path.Combine(Folder, "TinySora.PowerShell.dll-Help.xml")).Descendants(Command + "command").SelectMany(command =>
            command.Descendants(Command + "example").Select(example => new HelpExample(
                command.Element(Command + "details")!.Element(Command + "name")!.Value,
                example.Element(Maml + "title")!.Value.Trim('-', ' '), example.Element(Dev + "code")!.Value)));

    private static IEnumerable<HelpExample> OfTopics() => Directory.GetFiles(Folder, "about_*.help.txt").SelectMany(topic =>
        CodeBlock().Matches(File.ReadAllText(topic)).Where(block => Cmdlet().IsMatch(block.Value)).Select((block, i) =>
            new HelpExample(Path.GetFileName(topic).Split('.')[0], $"block {i + 1}", block.Value)));

    [GeneratedRegex(@"(?<=\n\n)(?:^ {8}\S.*\n)+(?=\n|\z)", RegexOptions.Multiline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\b[A-Z][A-Za-z]+-TinySora")]
    private static partial Regex Cmdlet();

    [GeneratedRegex(@"(?<=-(Count|MaxSteps|MaxClipsPerVideo) )\d+")]
    private static partial Regex Amount();

    /// <summary>One step more than that of <see cref="StepFile"/>.</summary>
    [GeneratedRegex(@"(?<='trainer.train_num_steps' = )\d+")]
    private static partial Regex LastStep();

    [GeneratedRegex(@"(?<=-MaxMinutes )\d+")]
    private static partial Regex Minutes();

    /// <summary>Without -WhatIf, the tiny preset replaces the named one to save time.</summary>
    [GeneratedRegex(@"(films )?-Budget \w+(?![^|\n]* -WhatIf)")]
    private static partial Regex Budget();

    [GeneratedRegex(@"(?<=-FromStep )\d+")]
    private static partial Regex FromStep();

    [GeneratedRegex(@"New-TinySoraDataset(?![^|\n]* -Count )(?=[^|\n]* -Kind Sprites |(?![^|\n]* -(Source|LiteralSource) ))")]
    private static partial Regex DrawnInFull();

    /// <summary>Otherwise it would stay open until Ctrl-C.</summary>
    [GeneratedRegex(@"Start-TinySoraStudio(?![^|\n]* -AsJob)[^|\n]*")]
    private static partial Regex OpenStudio();

    /// <summary>There is neither a terminal nor a user with a browser.</summary>
    [GeneratedRegex(@" -(Live|Open)\b")]
    private static partial Regex AtATerminal();

    [GeneratedRegex(@"step-\d{8}")]
    private static partial Regex StepFile();
}
