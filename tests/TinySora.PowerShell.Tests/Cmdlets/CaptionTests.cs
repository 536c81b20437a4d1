using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Captions of videos in a table, which then makes a dataset.</summary>
[Collection(nameof(CmdletTests))]
public sealed class CaptionTests : IDisposable
{
    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Captions_of_a_folder_make_a_dataset_with_the_documented_commands()
    {
        workspace.Good("New-TinySoraDataset films -Count 3 -Frames 10");
        var run = workspace.Good("New-TinySoraCaption ./films -OutputPath films.csv");
        Assert.All(run.Values("Caption"), caption => Assert.EndsWith(" on black", $"{caption}", StringComparison.Ordinal));
        Assert.Equal([1, 1, 1], run.Values("Things"));

        // The captions are in the same folder and are not treated as videos.
        var made = workspace.Good("Copy-Item films.csv films; New-TinySoraDataset -Source ./films/* -CaptionPath films.csv -Path made");
        Assert.Empty(made.Warnings);
        Assert.Equal(3, Assert.Single(made.Values("Count")));
        Assert.Equal(
            run.Values("Caption").Select(caption => $"{caption}\n").Order(StringComparer.Ordinal),
            workspace.Names("made", "*.txt").Select(name => File.ReadAllText(workspace.At("made", name))).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Videos_are_named_by_pattern_path_or_pipeline()
    {
        workspace.Good("New-TinySoraDataset films -Count 2 -ImageSize 16");
        string[] lines =
        [
            "New-TinySoraCaption films/*.gif", "Get-ChildItem films/*.gif | New-TinySoraCaption", "'films' | New-TinySoraCaption",
            "New-TinySoraCaption -LiteralPath films",
        ];
        foreach (var line in lines)
        {
            Assert.Equal(2, workspace.Good($"{line} -OutputPath some.csv -Force").Objects.Count);
        }
    }

    [Fact]
    public void Edited_table_is_kept_without_force()
    {
        workspace.Good("New-TinySoraDataset films -Count 1 -ImageSize 16");
        workspace.Write("captions.csv", "mine");
        workspace.Bad("New-TinySoraCaption films", "TinySora.Input.OutputExists", ErrorCategory.ResourceExists);
        Assert.Equal("mine", File.ReadAllText(workspace.At("captions.csv")));
        workspace.Good("New-TinySoraCaption films -Force");
        Assert.StartsWith("video,caption,start,duration,", File.ReadAllText(workspace.At("captions.csv")), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_video_is_skipped_and_nothing_is_written_if_all_are_damaged()
    {
        workspace.Good("New-TinySoraDataset films -Count 1 -ImageSize 16");
        workspace.Write("films/bad.gif", "no picture");
        var run = workspace.Good("New-TinySoraCaption films");
        Assert.Single(run.Objects);
        Assert.Contains("bad.gif", Assert.Single(run.Warnings), StringComparison.Ordinal);

        workspace.Bad("New-TinySoraCaption films/bad.gif other.csv", "TinySora.Data.NoUsableVideos", ErrorCategory.InvalidData);
        Assert.False(File.Exists(workspace.At("other.csv")));
        Assert.False(File.Exists(workspace.At("other.csv.partial")));
    }

    [Fact]
    public void Missing_path_is_one_error_that_names_it_regardless_of_other_errors()
    {
        workspace.Good("New-TinySoraDataset films -Count 1 -ImageSize 16");
        workspace.Write("captions.csv", "mine");
        Directory.CreateDirectory(workspace.At("empty"));
        foreach (var line in (string[])["New-TinySoraCaption nowhere", "New-TinySoraCaption -LiteralPath nowhere", "New-TinySoraCaption nowhere other.txt"])
        {
            var error = workspace.Bad(line, "TinySora.Data.SourceMissing", ErrorCategory.ObjectNotFound);
            Assert.Equal(workspace.At("nowhere"), error.TargetObject);
        }

        // Each of several missing paths has its own error, and the other videos are captioned.
        var run = workspace.Run("New-TinySoraCaption nowhere, empty, films, films table.csv");
        Assert.Equal(
            ["TinySora.Data.SourceMissing", "TinySora.Data.NoVideos"], run.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Single(run.Objects);
        Assert.True(File.Exists(workspace.At("table.csv")));
    }

    [Theory]
    [InlineData("New-TinySoraCaption nowhere", "TinySora.Data.SourceMissing", ErrorCategory.ObjectNotFound)]
    [InlineData("New-TinySoraCaption films -OutputPath captions.json", "TinySora.Input.NoCsv", ErrorCategory.InvalidArgument)]
    [InlineData("New-TinySoraCaption films -MaxDuration 0", "TinySora.Data.OutOfRange", ErrorCategory.InvalidArgument)]
    public void Impossible_requests_are_refused(string line, string id, ErrorCategory category)
    {
        workspace.Good("New-TinySoraDataset films -Count 1 -ImageSize 16");
        workspace.Bad(line, id, category);
        Assert.Empty(workspace.Names(".", "captions.*"));
    }
}
