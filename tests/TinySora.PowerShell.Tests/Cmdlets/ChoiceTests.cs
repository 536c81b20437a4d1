using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Enumerated values are accepted in any case and listed if none matches. The Pester suite repeats this in Turkish.</summary>
[Collection(nameof(CmdletTests))]
public sealed class ChoiceTests(TrainedWorkspace trained) : IClassFixture<TrainedWorkspace>
{
    private readonly Workspace workspace = trained.Workspace;

    [Theory]
    [InlineData("Invoke-TinySoraGenerate 'a red circle' -Format GIF -Sampler DDIM -Weights TRAINING -Device CPU -OutputPath upper")]
    [InlineData("Invoke-TinySoraGenerate 'a red circle' -OutputPath upper -OutputName still.GIF -Set @{ SAMPLER = 'DDIM' }")]
    [InlineData("New-TinySoraDataset upper-data -Kind SHAPES -Count 2 -ImageSize 16 -Frames 2 -Format GIF")]
    [InlineData("New-TinySoraDataset upper-pieces -Kind VIDEOS -Source data -ImageSize 16 -Frames 2 -CaptionChoice FIRST -Format GIF")]
    [InlineData("Export-TinySoraCheckpoint -Path BEST upper.safetensors -Format SAFETENSORS -DataType FLOAT16 -Weights TRAINING")]
    [InlineData("Export-TinySoraCheckpoint -Path LATEST upper.pt -Format PYTORCH -Form CHECKPOINT")]
    [InlineData("Get-TinySoraConfig SHAPES-QUICK -Key TRAINER.TRAIN_*")]
    [InlineData("Start-TinySoraTraining SHAPES-QUICK -WhatIf -ResultsPath upper-plan -Set @{ 'DIFFUSION.IMAGE_SIZE' = 16 } | Out-Null; 'planned'")]
    [InlineData("Start-TinySoraTraining tiny.yaml -ResultsPath upper-run -MaxSteps 1 -Set @{ 'DIFFUSION.SAMPLER' = 'DDIM'; 'TRAINER.LR_SCHEDULE' = 'COSINE' }")]
    [InlineData("Install-TinySoraRuntime -Backend CPU -WhatIf; 'asked'")]
    [InlineData("Find-TinySoraLearningRate tiny.yaml -Steps 10 -ChartPath upper.PNG -InitialCheckpoint LATEST")]
    [InlineData("Show-TinySoraVideo data -Graphics SIXEL -Repeat 1; 'shown'")]
    public void Any_case_is_accepted(string line) => Assert.NotEmpty(workspace.Good(line).Objects);

    [Fact]
    public void Invalid_value_is_refused_with_the_valid_ones()
    {
        Assert.Contains("adam, adamw or muon", Bad("Start-TinySoraTraining tiny.yaml -Set @{ 'trainer.optimizer' = 'sgd' }"), StringComparison.Ordinal);
        Assert.Contains("ddpm, ddim, dpm++2m", Bad("Invoke-TinySoraGenerate x -Sampler none"), StringComparison.Ordinal);
        Assert.Contains(".png or .svg", Bad("Find-TinySoraLearningRate tiny.yaml -ChartPath chart.txt"), StringComparison.Ordinal);
        Assert.Contains(".png", Bad("Export-TinySoraLossCurve -OutputPath curve.txt"), StringComparison.Ordinal);
        Assert.Contains("letters", Bad("Export-TinySoraDataset a b c -TextEncoderPath d -Split ../train"), StringComparison.Ordinal);

        // PowerShell would show the regular expression of a pattern.
        Assert.All(Workspace.Cmdlets.SelectMany(cmdlet => cmdlet.Parameters.Values), p => Assert.Empty(p.Attributes.OfType<ValidatePatternAttribute>()));
    }

    private string Bad(string line)
    {
        var details = Assert.Single(workspace.Run(line).Errors).ErrorDetails!;
        return $"{details.Message} {details.RecommendedAction}";
    }
}
