using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed class DatasetDoctorTests : IDisposable
{
    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Healthy_dataset_from_the_pipeline_returns_nothing_or_true()
    {
        Assert.Empty(workspace.Good("New-TinySoraDataset data -Count 4 | Test-TinySoraDataset").Objects);
        Assert.Equal([true], workspace.Good("Test-TinySoraDataset data shapes-small -Quiet").Objects);
    }

    [Fact]
    public void Each_problem_is_an_object_that_can_be_filtered_by_severity()
    {
        workspace.Good("New-TinySoraDataset 'my [data]' -Count 4");
        workspace.Write("my [data]/00001.gif", "no GIF");
        File.Delete(workspace.At("my [data]", "00002.txt"));

        var run = workspace.Good("Test-TinySoraDataset 'my [data]'");

        Assert.Equal([workspace.At("my [data]", "00001.gif"), workspace.At("my [data]", "00002.gif")], run.Values("Path"));
        Assert.Equal(["OtherFormat", "CaptionMissing"], run.Values("Problem").Select(p => $"{p}"));
        Assert.All(run.Values("Fix"), fix => Assert.NotEmpty((string)fix!));
        Assert.Contains("OtherFormat", run.Output, StringComparison.Ordinal);
        Assert.Equal(["00001.gif"], workspace.Good("Test-TinySoraDataset 'my [data]' | Where-Object Severity -eq Error").Values("Path").Select(p => Path.GetFileName((string)p!)));
        Assert.Equal([false], workspace.Good("Test-TinySoraDataset 'my [data]' -Quiet").Objects);
    }

    [Fact]
    public void Configuration_adds_the_problems_for_its_model()
    {
        workspace.Good("New-TinySoraDataset data -Count 2 -ImageSize 12 -Frames 2");
        Assert.Equal(["TooSmall", "TooSmall"], workspace.Good("Test-TinySoraDataset data -Config tiny.yaml").Values("Problem").Select(p => $"{p}"));
        workspace.Bad("Test-TinySoraDataset data -Config absent.yaml", "TinySora.Config.FileMissing", ErrorCategory.ObjectNotFound);
    }

    /// <summary>Clips for these presets are encoded before training, which skips short ones; distillation reads only captions.</summary>
    [Theory]
    [InlineData("shapes-lean", 1)]
    [InlineData("shapes-gpt", 1)]
    [InlineData("shapes-turbo", 0)]
    public void Clip_that_is_too_short_to_be_encoded_is_an_error(string preset, int problems)
    {
        workspace.Good("New-TinySoraDataset data -Count 1 -Frames 4");
        var run = workspace.Good($"Test-TinySoraDataset data -Config {preset}");
        Assert.Equal(Enumerable.Repeat("TooShort Error", problems), run.Objects.Select((_, i) => $"{run.Values("Problem")[i]} {run.Values("Severity")[i]}"));
    }

    [Fact]
    public void Missing_folder_is_one_error_and_not_healthy()
    {
        workspace.Bad("Test-TinySoraDataset nowhere", "TinySora.Data.FolderMissing", ErrorCategory.ObjectNotFound);
        var run = workspace.Run("Test-TinySoraDataset nowhere -Quiet");
        Assert.Equal([false], run.Objects);
        Assert.Single(run.Errors);
    }
}
