using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using TinySora.PowerShell.Tests.Cmdlets;

namespace TinySora.PowerShell.Tests.Help;

/// <summary>Holds the recorded session of docs/tour.md to the README's five minutes, and both to what the cmdlets do.</summary>
[Collection(nameof(CmdletTests))]
public sealed partial class TourTests
{
    [Fact]
    public void The_recording_types_the_lines_of_the_README()
    {
        var blocks = CodeBlock().Matches(Text("README.md").Split("## Your own videos")[0]).SelectMany(block => block.Groups[1].Value.Split('\n'));
        var lines = blocks.Select(line => Comment().Replace(line, "")).Where(line => line.Length > 0);
        Assert.Equal(lines, Recorded().Select(step => step.Line).Where(line => !line.StartsWith("Set-Location", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_recorded_line_still_prints_a_table_of_these_columns()
    {
        using var workspace = new Workspace();
        workspace.Write("shapes-small", Workspace.TinyConfig.Replace("./data", "./training_data", StringComparison.Ordinal));
        workspace.Write("prompts.csv", "Prompt,Seed\na red circle moving right,1\na yellow star shrinking,2\n");
        var session = workspace.Session();
        foreach (var (line, shown) in Recorded().Where(step => Columns(step.Shown).Length > 0))
        {
            var run = session.Run(new HelpExample("tour", line, line).TinyPipelines.Single());
            Assert.True(run.Succeeded, $"{line}\n{run.ErrorOutput}");
            Assert.Equal(Columns(shown), Columns(run.Output));

            // What the first prompt made lies in another folder than the rest, as it does in the recording.
            if (Directory.Exists(workspace.At("results")) && !Directory.Exists(workspace.At("training_data")))
            {
                Directory.Delete(workspace.At("results"), recursive: true);
            }
        }
    }

    private static string Text(string name, [CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "../../..", name)).ReplaceLineEndings("\n");

    /// <summary>What was typed at each prompt, and what was shown then.</summary>
    private static List<(string Line, string Shown)> Recorded() =>
        [.. Step().Matches(Text("docs/tour.md")).Select(step => (step.Groups[1].Value, step.Groups[2].Value))];

    private static string[] Columns(string output) => Heading().Match(output).Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@"```powershell\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\s*#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^PS [^>\n]*> ([^\n]+)\n(.*?)(?=^PS |^```)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Step();

    [GeneratedRegex(@"^(.*)\n *-+(?: +-+)* *$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
