using System.Text.RegularExpressions;
using System.Xml.Linq;
using TinySora.PowerShell.Tests.Cmdlets;
using TinySora.PowerShell.Tests.Shell;

namespace TinySora.PowerShell.Tests.Help;

[Collection(nameof(CmdletTests))]
public sealed partial class HelpTests : IDisposable
{
    private static readonly string[] Topics =
    [
        "about_TinySora", "about_TinySora_Checkpoints", "about_TinySora_Datasets", "about_TinySora_Errors", "about_TinySora_Generating", "about_TinySora_Studio", "about_TinySora_Training",
        "about_TinySora_Troubleshooting",
    ];

    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Every_cmdlet_and_every_parameter_is_documented()
    {
        Assert.NotEmpty(Workspace.Cmdlets);
        Assert.All(Workspace.Cmdlets, cmdlet =>
        {
            var help = workspace.Good($"Get-Help {cmdlet.Name} -Full").Output.ReplaceLineEndings("\n");
            foreach (var heading in (string[])["SYNOPSIS", "SYNTAX", "DESCRIPTION", "EXAMPLE 3", "RELATED LINKS"])
            {
                Assert.Contains(heading, help, StringComparison.OrdinalIgnoreCase);
            }

            // Everything in the syntax of a command is in its help.
            foreach (var parameter in cmdlet.Own)
            {
                Assert.Matches($@"(?m)^    -{parameter.Name}( \[?<[^>]+>\]?)?\n        \S.{{10}}", help);
            }
        });
    }

    [Fact]
    public void Help_has_the_sections_that_PowerShell_knows()
    {
        Assert.DoesNotContain("PARAMETERS", workspace.Good("Get-Help New-TinySoraDataset").Output, StringComparison.Ordinal);
        Assert.Contains("PARAMETERS", workspace.Good("Get-Help New-TinySoraDataset -Detailed").Output, StringComparison.Ordinal);
        var examples = workspace.Good("Get-Help New-TinySoraDataset -Examples").Output;
        Assert.Contains("Example 1", examples, StringComparison.Ordinal);
        Assert.DoesNotContain("PARAMETERS", examples, StringComparison.Ordinal);
        var parameter = workspace.Good("Get-Help Measure-TinySoraModel -Parameter St*").Output;
        Assert.StartsWith("-Steps <int>", parameter.TrimStart(), StringComparison.Ordinal);
        Assert.Matches(@"Default value +5\b", parameter);
        Assert.DoesNotContain("-Device", parameter, StringComparison.Ordinal);
    }

    [Fact]
    public void Inputs_are_documented_and_every_page_names_the_aliases()
    {
        Assert.Contains("An object with any of the properties Path", workspace.Good("Get-Help Get-TinySoraCheckpoint -Full").Output, StringComparison.Ordinal);
        Assert.Contains("does not accept pipeline input", workspace.Good("Get-Help Get-TinySoraDevice -Full").Output, StringComparison.Ordinal);
        Assert.All(Workspace.Cmdlets, cmdlet =>
        {
            var help = XDocument.Load(Path.Combine(HelpExample.Folder, "TinySora.PowerShell.dll-Help.xml")).Descendants()
                .Single(e => e.Name.LocalName == "command" && e.Elements().First().Elements().First().Value == cmdlet.Name);
            foreach (var parameter in cmdlet.Own.Where(p => p.Aliases.Count > 0))
            {
                var text = help.Descendants().First(e => e.Name.LocalName == "parameters").Elements()
                    .Single(p => p.Elements().First().Value == parameter.Name).Elements().ElementAt(1).Value;
                Assert.Matches($@"Alias(es)?: {string.Join(", ", parameter.Aliases)}\.$", text);
            }
        });
    }

    [Fact]
    public void Related_links_lead_to_cmdlets_and_topics()
    {
        var links = XDocument.Load(Path.Combine(HelpExample.Folder, "TinySora.PowerShell.dll-Help.xml")).Descendants()
            .Where(e => e.Name.LocalName == "linkText").Select(e => e.Value).ToList();
        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.Contains(link, (IEnumerable<string>)[.. Workspace.CmdletNames, .. Topics]));
    }

    [Fact]
    public void Topics_are_listed_and_shown()
    {
        Assert.Equal(Topics, workspace.Good("Get-Help about_TinySora*").Values("Name").Cast<string>().Order(StringComparer.Ordinal));
        Assert.All(Topics, topic =>
        {
            var lines = ((string)workspace.Good($"Get-Help {topic} -Category HelpFile | Where-Object Name -eq {topic}").Objects[0]!).ReplaceLineEndings("\n").Split('\n').ToList();
            Assert.Equal(["TOPIC", $"    {topic}", "", "SHORT DESCRIPTION"], lines[..4]);
            Assert.EndsWith(".", lines[4], StringComparison.Ordinal);
            Assert.True(lines.Count > 40, $"{topic} is too short.");
            // Commands and columns may be longer; prose may not.
            Assert.DoesNotContain(lines.Skip(5), l => l.Length > 80 && !l.StartsWith("        ", StringComparison.Ordinal));
            Assert.DoesNotContain(lines, l => MarkdownMark().IsMatch(l));
        });
    }

    [Fact]
    public void Overview_names_every_cmdlet()
    {
        var overview = workspace.Good("Get-Help about_TinySora").Output;
        Assert.All(Workspace.CmdletNames, name => Assert.Contains(name, overview, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\*\*|\]\(|^\s*#|^\s*\||`")]
    private static partial Regex MarkdownMark();
}
