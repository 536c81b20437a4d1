using System.Management.Automation;
using TinySora.Host;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed class DatasetTests : IDisposable
{
    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Shapes_are_clips_with_captions_and_one_object_tells_where()
    {
        var run = workspace.Good("New-TinySoraDataset -Kind Shapes -Count 4 -Path data -ImageSize 16");
        Assert.Equal(["00000.gif", "00001.gif", "00002.gif", "00003.gif"], workspace.Names("data", "*.gif"));
        Assert.Equal(4, workspace.Names("data", "*.txt").Length);
        Assert.Equal(workspace.At("data"), Assert.Single(run.Values("DataPath")));
        Assert.Equal(4, Assert.Single(run.Values("Count")));
        Assert.Equal(4, Assert.Single(run.Values("Captions")));
    }

    [Fact]
    public void Same_seed_draws_the_same_clips_and_another_seed_others()
    {
        workspace.Good("New-TinySoraDataset a -Count 2 -ImageSize 16 -Seed 5");
        workspace.Good("New-TinySoraDataset b -Count 2 -ImageSize 16 -Seed 5");
        workspace.Good("New-TinySoraDataset c -Count 2 -ImageSize 16 -Seed 6");
        Assert.Equal(File.ReadAllBytes(workspace.At("a", "00001.gif")), File.ReadAllBytes(workspace.At("b", "00001.gif")));
        Assert.NotEqual(File.ReadAllBytes(workspace.At("a", "00001.gif")), File.ReadAllBytes(workspace.At("c", "00001.gif")));
    }

    [Fact]
    public void WhatIf_writes_nothing_and_WhatIf_false_writes()
    {
        var run = workspace.Good("New-TinySoraDataset data -Count 1 -WhatIf");
        Assert.Empty(run.Objects);
        Assert.False(Directory.Exists(workspace.At("data")));
        workspace.Good("New-TinySoraDataset data -Count 1 -WhatIf:$false");
        Assert.Single(workspace.Names("data", "*.gif"));
    }

    [Fact]
    public void Existing_clips_stay_without_force()
    {
        workspace.Good("New-TinySoraDataset data -Count 1");
        var before = File.ReadAllBytes(workspace.At("data", "00000.gif"));
        workspace.Bad("New-TinySoraDataset data -Count 1 -Seed 2", "TinySora.Data.OutputExists", ErrorCategory.ResourceExists);
        Assert.Equal(before, File.ReadAllBytes(workspace.At("data", "00000.gif")));
        workspace.Good("New-TinySoraDataset data -Count 1 -Seed 2 -Force");
        Assert.NotEqual(before, File.ReadAllBytes(workspace.At("data", "00000.gif")));
    }

    [Fact]
    public void Clips_are_cut_out_of_sources_named_by_wildcards_with_captions_from_a_table()
    {
        workspace.Good("New-TinySoraDataset films -Count 2 -Frames 8 -ImageSize 24");
        File.Delete(workspace.At("films", "00001.txt"));
        workspace.Write("captions.csv", "video,caption\n00000.gif,first\n");

        var run = workspace.Good(
            "New-TinySoraDataset clips -Source films/*.gif -CaptionPath captions.csv -Frames 2 -ImageSize 16 -FramesPerSecond 5 -MaxClipsPerVideo 1 -Caption second");

        Assert.Equal(2, workspace.Names("clips", "*.gif").Length);
        Assert.Equal(["first", "second"], workspace.Names("clips", "*.txt").Select(n => File.ReadAllText(workspace.At("clips", n)).Trim()));
        Assert.Equal(2, Assert.Single(run.Values("Captions")));
    }

    [Fact]
    public void Name_with_brackets_is_taken_as_it_is()
    {
        workspace.Good("New-TinySoraDataset films -Count 1 -Frames 4");
        File.Move(workspace.At("films", "00000.gif"), workspace.At("films", "take[1].gif"));
        workspace.Good("New-TinySoraDataset clips -Source 'films/take[1].gif' -Frames 2");
        Assert.NotEmpty(workspace.Names("clips", "*.gif"));
    }

    [Fact]
    public void Broken_source_among_good_ones_is_skipped_listed_and_warned_about()
    {
        workspace.Good("New-TinySoraDataset films -Count 2 -Frames 4");
        File.WriteAllBytes(workspace.At("films", "00000.gif"), [1, 2, 3]);

        var run = workspace.Run("New-TinySoraDataset clips -Source films -Frames 2");

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.NotEmpty(workspace.Names("clips", "*.gif"));
        Assert.Single((System.Collections.IEnumerable)Assert.Single(run.Values("Skipped"))!);
        Assert.Contains(run.Warnings, w => w.Contains("00000.gif", StringComparison.Ordinal));
    }

    [Fact]
    public void Pattern_that_matches_nothing_is_an_error() =>
        workspace.Bad("New-TinySoraDataset clips -Source *.mp4", "TinySora.Input.NothingMatches", ErrorCategory.ObjectNotFound);

    [Fact]
    public void Number_out_of_range_is_named_by_its_parameter()
    {
        var error = workspace.Bad("New-TinySoraDataset data -Count 1 -ImageSize 4", "TinySora.Data.OutOfRange", ErrorCategory.InvalidArgument);
        Assert.Contains("-ImageSize is 4", error.ErrorDetails!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_ffmpeg_is_named_with_the_command_that_installs_it()
    {
        workspace.Write("film.mp4", "no film");
        var error = workspace.BadWithoutPrograms(
            "New-TinySoraDataset clips -Source film.mp4", "TinySora.Media.FFmpegMissing", ErrorCategory.NotInstalled);
        Assert.Contains("ffmpeg", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
    }
}
