using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Moving digits as videos, and their frames as pictures.</summary>
[Collection(nameof(CmdletTests))]
public sealed class FrameTests : IDisposable
{
    private const string DigitVideos = "New-TinySoraDataset digits -Kind MovingMnist -ImageSize 72 -Width 128 -Frames 48 -Format mp4 -Count 2";

    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Digit_videos_in_a_folder_are_counted_and_a_missing_folder_is_an_error()
    {
        Needs.FFmpeg();
        workspace.Good(DigitVideos);
        Assert.Equal(["00000.mp4", "00001.mp4"], workspace.Names("digits", "*.mp4"));

        var look = workspace.Good("Get-TinySoraDataset digits");
        Assert.Equal(2, Assert.Single(look.Values("Count")));
        Assert.Equal("48", Assert.Single(look.Values("Frames"))!.ToString());
        Assert.Equal("128x72: 2", Assert.Single(((System.Collections.IEnumerable)Assert.Single(look.Values("Sizes"))!).Cast<object>()).ToString());
        workspace.Bad("Get-TinySoraDataset mmnist", "TinySora.Data.FolderMissing", ErrorCategory.ObjectNotFound);
        workspace.Bad("Start-TinySoraTraining tiny.yaml -DataPath mmnist", "TinySora.Data.FolderMissing", ErrorCategory.ObjectNotFound);
    }

    [Fact]
    public void Every_command_accepts_digit_videos()
    {
        Needs.FFmpeg();
        workspace.Good($"{DigitVideos} | Start-TinySoraTraining tiny.yaml");
        Assert.NotEmpty(workspace.Names("saved_models", "*.safetensors"));
        Assert.Empty(workspace.Good("Test-TinySoraDataset digits").Objects);
        workspace.Good("Show-TinySoraDataset digits digits.png");
        workspace.Good("Export-TinySoraContactSheet digits sheet.png -MiddleFrameOnly");
        workspace.Good("New-TinySoraDataset cut -Source digits -Frames 8 -MaxClipsPerVideo 1");
        Assert.Equal(2, workspace.Names("cut", "*.gif").Length);
        workspace.Good("Export-TinySoraFrame digits frames");
        Assert.All(["digits.png", "sheet.png", "frames/frame_0.png"], name => Assert.True(File.Exists(workspace.At(name)), name));
    }

    [Fact]
    public void Frames_are_numbered_across_all_videos_and_rerunning_changes_nothing()
    {
        workspace.Good("New-TinySoraDataset films -Count 3 -Frames 4 -ImageSize 16");
        const string Line = "Export-TinySoraFrame films -OutputPath frames -Probability 1";
        Assert.Empty(workspace.Good($"{Line} -WhatIf").Objects);
        Assert.False(Directory.Exists(workspace.At("frames")));

        var run = workspace.Good(Line);
        Assert.Equal([3, 12], new[] { "Videos", "Frames" }.Select(p => Assert.Single(run.Values(p))));
        Assert.Equal(workspace.At("frames"), Assert.Single(run.Values("Path")));
        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"frame_{i}.png").Order(StringComparer.Ordinal), workspace.Names("frames"));
        Assert.Equal(12, Assert.Single(workspace.Good(Line).Values("Frames")));

        workspace.Bad($"{Line} -Seed 1", "TinySora.Data.OutputExists", ErrorCategory.ResourceExists);
        workspace.Good($"{Line} -Seed 1 -Force");
        workspace.Bad("Export-TinySoraFrame films -OutputPath other -Probability 2", "TinySora.Data.OutOfRange", ErrorCategory.InvalidArgument);
        workspace.Bad("Export-TinySoraFrame *.mp4", "TinySora.Input.NothingMatches", ErrorCategory.ObjectNotFound);
    }

    [Fact]
    public void Frames_are_captured_from_a_piped_dataset_and_a_broken_video_is_a_warning()
    {
        workspace.Good("New-TinySoraDataset films -Count 2 -Frames 4 -ImageSize 16");
        File.WriteAllText(workspace.At("films", "00000.gif"), "no film");

        var run = workspace.Run("Get-TinySoraDataset films | Export-TinySoraFrame -Probability 1");

        Assert.Empty(run.Errors);
        Assert.Equal(4, Assert.Single(run.Values("Frames")));
        Assert.Equal(4, workspace.Names("frames").Length);
        Assert.Contains("00000.gif", Assert.Single(run.Warnings), StringComparison.Ordinal);
        Assert.Equal(1, Assert.Single(workspace.Good("[pscustomobject]@{ Path = 'films/00001.gif' } | Export-TinySoraFrame -OutputPath row -Probability 1").Values("Videos")));
    }
}
