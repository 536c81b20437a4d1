using System.Text.RegularExpressions;
using TinySora.PowerShell.Tests.Cmdlets;

namespace TinySora.PowerShell.Tests.Help;

/// <summary>Runs the samples of docs/start.md and the README.</summary>
[Collection(nameof(CmdletTests))]
public sealed partial class TourTests
{
    [Fact]
    public void README_shows_commands_of_the_start_page_in_its_order()
    {
        var sample = Text("README.md").Split("## A first clip")[1].Split("## Your own videos")[0];
        var lines = CodeBlock().Matches(sample).SelectMany(Lines).ToList();
        Assert.NotEmpty(lines);
        Assert.Equal(lines, CodeBlock().Matches(Text("docs/start.md")).SelectMany(Lines).Where(lines.Contains));
    }

    [Fact]
    public void Samples_of_the_start_page_run_in_order_and_print_its_columns()
    {
        using var workspace = new Workspace();
        workspace.Write("shapes-small", Workspace.TinyConfig.Replace("./data", "./training_data", StringComparison.Ordinal));
        var session = workspace.Session();
        var blocks = CodeBlock().Matches(Text("docs/start.md"));
        Assert.NotEmpty(blocks);
        foreach (Match block in blocks)
        {
            var printed = "";
            foreach (var line in new HelpExample("start", block.Value, string.Join('\n', Lines(block))).TinyPipelines)
            {
                var run = session.Run(line);
                Assert.True(run.Succeeded, $"{line}\n{run.ErrorOutput}");
                printed = run.Output;
            }

            if (block.Groups["output"].Success)
            {
                var columns = Columns(block.Groups["output"].Value);
                Assert.NotEmpty(columns);
                Assert.Equal(columns, Columns(printed));
            }
        }
    }

    private static string Text(string name) => File.ReadAllText(Repository.At(name)).ReplaceLineEndings("\n");

    /// <summary>Extracts the commands of a code block, without comments.</summary>
    private static IEnumerable<string> Lines(Match block) =>
        block.Groups["code"].Value.Split('\n').Select(line => Comment().Replace(line, "")).Where(line => line.Length > 0);

    private static string[] Columns(string output) => Heading().Match(output).Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@"```powershell\n(?<code>.*?)```(\n\n```output\n(?<output>.*?)```)?", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\s*#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^(.*)\n *-+(?: +-+)* *$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
