using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Slips of the first hour: each is answered with a message that names what to do.</summary>
[Collection(nameof(CmdletTests))]
public sealed class StumbleTests : IDisposable
{
    private const string Draw = "New-TinySoraDataset data -ImageSize 16 -Frames 2";

    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    [Theory]
    [InlineData(Draw + " -Count 6", Draw + " -Count 2", "holds 6 clips")]
    [InlineData("New-TinySoraDataset src -Count 2 -ImageSize 16 -Frames 5; New-TinySoraDataset data -Source src -Frames 2",
        "New-TinySoraDataset data -Source src/00000.gif -Frames 2", "others")]
    public void Clips_that_a_command_did_not_make_are_counted(string first, string second, string expected)
    {
        Assert.Empty(workspace.Good(first).Warnings);
        Assert.Contains(expected, Assert.Single(workspace.Good(second).Warnings), StringComparison.Ordinal);
        Assert.Empty(workspace.Good(first).Warnings);
    }

    [Fact]
    public void No_chosen_frame_is_a_warning_with_the_parameter_that_chooses_more()
    {
        workspace.Good(Draw + " -Count 1");
        Assert.Contains("-Probability", Assert.Single(workspace.Good("Export-TinySoraFrame data -Probability 1e-9").Warnings), StringComparison.Ordinal);
        Assert.Empty(workspace.Good("Export-TinySoraFrame data all -Probability 1").Warnings);
    }

    [Theory]
    [InlineData("Start-TinySoraTraining ./data")]
    [InlineData("Start-TinySoraTraining ./data -Queue")]
    [InlineData("Measure-TinySoraModel ./data")]
    [InlineData("Find-TinySoraLearningRate ./data")]
    [InlineData("Get-TinySoraConfig ./data")]
    [InlineData("Test-TinySoraDataset data -Config ./data")]
    public void A_folder_in_place_of_a_configuration_is_said_to_be_one(string line)
    {
        Directory.CreateDirectory(workspace.At("data"));
        var error = workspace.Bad(line, "TinySora.Config.IsFolder", ErrorCategory.InvalidArgument);
        Assert.Contains("-DataPath", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        workspace.Write("data/config.yaml", Workspace.TinyConfig);
        Assert.Contains("config.yaml", workspace.Bad(line, "TinySora.Config.IsFolder", ErrorCategory.InvalidArgument).ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("New-TinySoraConfig shapes-lean", "shapes-lean.yaml")]
    [InlineData("New-TinySoraConfig shapes-lean my.yaml", "my.yaml")]
    [InlineData("New-TinySoraConfig my.yaml shapes-lean", "my.yaml")]
    [InlineData("New-TinySoraConfig -Preset shapes-lean", "shapes-lean.yaml")]
    [InlineData("New-TinySoraConfig -Preset shapes-lean sub/my.yaml", "sub/my.yaml")]
    public void Preset_and_path_are_taken_in_either_order(string line, string file)
    {
        workspace.Good(line);
        Assert.Equal(
            workspace.Good("New-TinySoraConfig -Preset shapes-lean -Path same.yaml; Get-Content same.yaml -Raw").Objects[^1],
            File.ReadAllText(workspace.At(file)));
    }

    [Theory]
    [InlineData("New-TinySoraDataset new/folder -Source bad.gif")]
    [InlineData("New-TinySoraDataset new/folder -Source bad.txt")]
    [InlineData("New-TinySoraDataset new/folder -Source bad.zip")]
    [InlineData("New-TinySoraDataset new/folder -Source bad.zip -Kind Archive")]
    [InlineData("Export-TinySoraFrame bad.gif new/folder")]
    [InlineData("New-TinySoraCaption bad.gif new/folder/captions.csv")]
    [InlineData("Export-TinySoraContactSheet bad.gif -OutputPath new/folder/sheet.png")]
    [InlineData("Export-TinySoraLatent data -Checkpoint clips-vae -OutputPath new/folder")]
    [InlineData("Invoke-TinySoraGenerate x -Checkpoint bad.zip -OutputPath new/folder")]
    [InlineData("Start-TinySoraTraining tiny.yaml -ResultsPath new/folder")]
    public void A_command_that_fails_leaves_no_new_folder(string line)
    {
        workspace.Write("data/bad.gif", "x");
        foreach (var name in (string[])["bad.gif", "bad.txt", "bad.zip"])
        {
            workspace.Write(name, "x");
        }

        Assert.NotEmpty(workspace.Run(line).Errors);
        Assert.False(Directory.Exists(workspace.At("new")), string.Join(", ", Directory.EnumerateFileSystemEntries(workspace.Folder, "*", SearchOption.AllDirectories)));
    }

    [Fact]
    public void Files_of_the_user_stay_in_a_folder_of_a_command_that_fails()
    {
        workspace.Write("bad.gif", "x");
        workspace.Write("kept/note.md", "mine");
        Directory.CreateDirectory(workspace.At("empty"));
        Assert.NotEmpty(workspace.Run("New-TinySoraDataset kept -Source bad.gif; New-TinySoraDataset empty/new -Source bad.gif").Errors);
        Assert.True(File.Exists(workspace.At("kept", "note.md")));
        Assert.True(Directory.Exists(workspace.At("empty")));
        Assert.False(Directory.Exists(workspace.At("empty", "new")));
    }

    [Fact]
    public void Commands_that_find_nothing_say_so()
    {
        workspace.Good(Draw + " -Count 2");
        Assert.Contains("No problem found in the 2 clips", $"{Assert.Single(workspace.Good("Test-TinySoraDataset data").Information)}", StringComparison.Ordinal);
        Assert.Empty(workspace.Good("Test-TinySoraDataset data -Quiet").Information);
        Assert.Contains("holds no checkpoint", Assert.Single(workspace.Good("Get-TinySoraCheckpoint data").Warnings), StringComparison.Ordinal);
        Assert.Contains("holds no checkpoint", Assert.Single(workspace.Good("Get-TinySoraCheckpoint data -Latest").Warnings), StringComparison.Ordinal);
        Assert.Single(workspace.Good("Get-TinySoraRun -Queue").Information);
    }
}
