using System.Text.RegularExpressions;
using TinySora.PowerShell.Tests.Cmdlets;

namespace TinySora.PowerShell.Tests.Help;

/// <summary>The `tinysora` commands of docs/install.md and examples, run as by a shell.</summary>
[Collection(nameof(CmdletTests))]
[Trait("Starts", "Processes")]
public sealed partial class ProgramExampleTests
{
    [Fact]
    public void Lines_for_machines_without_PowerShell_run_one_after_another()
    {
        using var workspace = new Workspace();
        workspace.Write("shapes-small", Workspace.TinyConfig.Replace("./data", "./training_data", StringComparison.Ordinal));
        workspace.Write("prompts.csv", "Prompt,Seed\na red circle moving right,1\na yellow star shrinking,2\n");
        var lines = Line().Matches(File.ReadAllText(Repository.At("docs/install.md"))).Select(line => line.Groups[1].Value).ToArray();
        Assert.Equal(4, lines.Length);
        foreach (var line in lines)
        {
            var (code, output, error) = Pwsh.Run(workspace.Folder, Workspace.ModuleFolder, new HelpExample("install", line, line).TinyPipelines.Single());
            Assert.True(code == 0 && error == "" && output.Contains("---", StringComparison.Ordinal), $"{line}\n{code}\n{output}\n{error}");
        }

        Assert.Equal(3, workspace.Names("results", "*.gif").Length);
    }

    [Fact]
    public void Table_of_prompts_is_generated_by_several_processes()
    {
        Needs.Silence();
        using var workspace = new Workspace().Trained();
        workspace.Write("prompts.csv", "Prompt,Seed\na red circle moving right,1\na blue square,\na green star,3\n");
        var (code, output, error) = Pwsh.Run(
            workspace.Folder, Workspace.ModuleFolder, $"& '{Repository.At("examples/generate-on-many.ps1")}' ./prompts.csv -OutputPath ./results -Jobs 2");
        Assert.True(code == 0 && error == "", $"{output}\n{error}");
        Assert.Equal(["a_blue_square.gif", "a_green_star.gif", "a_red_circle_moving_right.gif"], workspace.Names("results", "*.gif"));
    }

    [Fact]
    public void Language_calculated_properties_and_jobs_work_on_output_of_cmdlets()
    {
        using var workspace = new Workspace().Trained();
        var (code, output, error) = Pwsh.Run(workspace.Folder, Workspace.ModuleFolder, """
            $job = 'a red circle', 'a blue star' | Invoke-TinySoraGenerate -OutputPath ./results -AsJob
            $videos = $job | Wait-Job | Receive-Job
            foreach ($video in $videos | Sort-Object { $_.Prompt }) { "$($video.Prompt): $(Split-Path $video.Path -Leaf)" }
            Get-TinySoraCheckpoint saved_models | Select-Object @{ n = 'Twice'; e = { $_.Step * 2 } } | ConvertTo-Json -Compress
            """);
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(
            ["a blue star: a_blue_star.gif", "a red circle: a_red_circle.gif", """{"Twice":6}"""],
            output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Where(line => !line.Contains("WARNING", StringComparison.Ordinal)));
    }

    [GeneratedRegex("""^tinysora "([^"]+)"$""", RegexOptions.Multiline)]
    private static partial Regex Line();
}
