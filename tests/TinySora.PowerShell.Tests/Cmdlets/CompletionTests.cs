namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Completion of names of files and folders.</summary>
[Collection(nameof(CmdletTests))]
public sealed class CompletionTests : IDisposable
{
    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Completed_values_are_accepted()
    {
        workspace.Good("New-TinySoraDataset data -Count 4 -ImageSize 16 -Frames 2 | Start-TinySoraTraining tiny.yaml -Tag 'first try', small");
        workspace.Write("vae.yaml", FrameTrainingTests.Tiny.Replace("./frames", "./data", StringComparison.Ordinal));
        workspace.Good("Start-TinySoraTraining vae.yaml -ResultsPath coders/vae -MaxSteps 1");
        var checkpoint = Path.Combine("saved_models", "step-00000003.safetensors");
        var autoencoder = Path.Combine(".", "coders", "vae");

        Assert.Equal(["latest", "best", "emoji", "shapes-lean", Path.Combine(".", checkpoint)], Offered("Invoke-TinySoraGenerate -Checkpoint "));
        Assert.Equal([Path.Combine(".", checkpoint)], Offered("Remove-TinySoraCheckpoint "));
        Assert.All(
            (string[])["Export-TinySoraLatent", "Measure-TinySoraReconstruction", "Measure-TinySoraTokenEntropy", "Test-TinySoraLatent", "ConvertFrom-TinySoraLatent", "Export-TinySoraDataset"],
            name => Assert.Equal([autoencoder, "clips-vae", "clips-fsq"], Offered($"{name} -Checkpoint ")));
        Assert.Equal([autoencoder], Offered("Export-TinySoraLatent ./co"));

        Assert.Equal(["3"], Offered("Start-TinySoraTraining -FromStep "));
        Assert.Equal(["1"], Offered("Start-TinySoraTraining -ResultsPath coders/vae -FromStep "));
        Assert.Equal(["'first try'", "small"], Offered("Start-TinySoraTraining -Tag "));
        Assert.Equal(["small"], Offered("Set-TinySoraRun -Tag s"));

        string[] tags = ["@base", "#1", "it\u2019s", "a|b", "{x}", "a=b"];
        workspace.Good($"Set-TinySoraRun ./saved_models -Tag {string.Join(", ", tags.Select(tag => $"\"{tag}\""))}");
        var offered = Offered("Start-TinySoraTraining -Tag ").ToList();
        Assert.Contains("a=b", offered);
        Assert.Equal(tags, workspace.Good($"@({string.Join(", ", offered.Select(tag => $"$(Write-Output {tag})"))})").Objects.Select(tag => $"{tag}"));
    }

    [Theory]
    [InlineData("Until", "", 4)]
    [InlineData("Until", "lo", 1)]
    [InlineData("Until", "'loss", 1)]
    [InlineData("Until", "3000, 0", 1)]
    [InlineData("Between", "", 3)]
    [InlineData("Between", "2", 1)]
    public void Goals_and_hours_are_offered_in_their_accepted_notation(string parameter, string typed, int count)
    {
        var offered = Offered($"Start-TinySoraTraining -{parameter} {typed}").ToList();
        Assert.Equal(count, offered.Count);
        offered.ForEach(text => workspace.Good($"Start-TinySoraTraining tiny.yaml -Queue -WhatIf -{parameter} {text}"));
    }

    /// <summary>Without candidates PowerShell would offer files, which are neither steps nor tags.</summary>
    [Theory]
    [InlineData("Start-TinySoraTraining -FromStep ")]
    [InlineData("Start-TinySoraTraining -Tag ")]
    public void Files_are_offered_only_for_parameters_that_accept_them(string line) => Assert.Empty(Offered(line));

    private IEnumerable<string> Offered(string line) => workspace.Completed(line).Select(result => result.CompletionText);
}
