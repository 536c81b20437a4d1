using System.Management.Automation;
using System.Text.RegularExpressions;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Training that is given time in place of hyperparameters.</summary>
[Collection(nameof(CmdletTests))]
public sealed class BudgetTests : IDisposable
{
    private readonly Workspace workspace = new();

    public BudgetTests() => workspace.Good("New-TinySoraDataset data -Count 4 -ImageSize 16 -Frames 2");

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Run_takes_its_time_in_all_and_goes_on_only_with_more()
    {
        // Steps of its own are passed over: there are more than the three of the file.
        var run = workspace.Good("Start-TinySoraTraining tiny.yaml -Budget 1s");
        Assert.Equal("Completed", Assert.Single(run.Values("StoppedBecause")));
        var steps = (int)Assert.Single(run.Values("Step"))!;
        Assert.InRange(steps, 1, int.MaxValue);
        Assert.Contains("train_minutes: 0.016666666666666666", File.ReadAllText(workspace.At("saved_models", "config.yaml")), StringComparison.Ordinal);
        Assert.Contains(run.Information, line => $"{line}".StartsWith($"Step {steps} of {steps}: loss", StringComparison.Ordinal));
        Assert.Empty(workspace.Good("Get-TinySoraCheckpoint -Latest | Invoke-TinySoraGenerate -Prompt red").Warnings);

        var again = workspace.Good("Start-TinySoraTraining tiny.yaml -Budget 00:00:01");
        Assert.Equal(("AlreadyComplete", steps), (Assert.Single(again.Values("StoppedBecause")), (int)Assert.Single(again.Values("Step"))!));

        var stopped = workspace.Good("Start-TinySoraTraining tiny.yaml -Budget 1h -Until 100000 -PassThru | Select-Object -First 1");
        Assert.Equal(steps + 1, (int)Assert.Single(stopped.Values("Step"))!);
        Assert.Matches(
            @"is not trained to its end: 0 % of its 60 minutes\.$",
            Assert.Single(workspace.Good("Get-TinySoraCheckpoint -Latest | Invoke-TinySoraGenerate -Prompt red").Warnings));
    }

    [Fact]
    public void Preset_is_chosen_for_the_clips_and_the_time_and_a_run_that_is_there_keeps_it()
    {
        const string Line = "Start-TinySoraTraining -DataPath data -ResultsPath run -ThreadCount 1 -Set @{ 'trainer.train_batch_size' = 2 } -Budget";
        var plan = workspace.Good($"{Line} 1h -WhatIf").Output;
        var chosen = Regex.Match(plan, @"Preset (shapes-[\w-]+) promises most in 1 h 0 min: about (\d+) steps of 2 clips at a rate of ");
        Assert.True(chosen.Success, plan);
        Assert.Contains("A run of 1 h 0 min would begin", plan, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workspace.At("run")));

        var run = workspace.Good($"{Line} 1h -Until 2");
        Assert.Contains(run.Information, line => $"{line}".Contains("promises most", StringComparison.Ordinal));
        Assert.Equal(2, (int)Assert.Single(run.Values("Step"))!);
        var config = File.ReadAllText(workspace.At("run", "config.yaml"));
        foreach (var line in (string[])["train_minutes: 60.0", "(image_size|height): 16", "(image_)?width: null", "(num_)?frames: 2", "train_batch_size: 2"])
        {
            Assert.Matches($"  {line} ", config);
        }

        var again = workspace.Good($"{Line} 2h -Until 3 -Verbose");
        Assert.DoesNotContain(again.Information, line => $"{line}".Contains("promises", StringComparison.Ordinal));
        Assert.Contains("Continuing from", string.Join('\n', again.Verbose), StringComparison.Ordinal);
        Assert.Equal(3, (int)Assert.Single(again.Values("Step"))!);

        var strange = workspace.Bad($"{Line} 2h -Seed 5", "TinySora.Training.OtherConfiguration", ErrorCategory.ResourceExists);
        Assert.Equal("  trainer.seed: null there, 5 here", strange.ErrorDetails!.Message.Split('\n')[1].TrimEnd());
    }

    [Fact]
    public void Dataset_that_is_piped_in_names_no_preset_and_a_row_may()
    {
        var piped = workspace.Good("Get-TinySoraDataset data | Start-TinySoraTraining -ResultsPath run -Budget 1h -WhatIf").Output;
        Assert.Contains("promises most", piped, StringComparison.Ordinal);
        workspace.Write("runs.csv", "Preset,Budget,ResultsPath\n./tiny.yaml,1s,one\n");
        var rows = workspace.Good("Import-Csv runs.csv | Start-TinySoraTraining -DataPath data");
        Assert.Equal(["Completed"], rows.Values("StoppedBecause"));
        Assert.DoesNotContain(rows.Information, line => $"{line}".Contains("promises", StringComparison.Ordinal));
    }

    [Fact]
    public void What_does_not_go_with_a_budget_is_refused()
    {
        workspace.Bad("Start-TinySoraTraining tiny.yaml -Budget 10", "TinySora.Training.BadBudget", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining tiny.yaml -Budget 1h -MaxSteps 3", "TinySora.Input.NotWithBudget", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining tiny.yaml -Budget 1h -MaxMinutes 3", "TinySora.Input.NotWithBudget", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining -Budget 1h -Processes 2", "TinySora.Input.BudgetWantsConfig", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining -DataPath data -Budget 0.05s", "TinySora.Training.BudgetTooShort", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining -DataPath absent -Budget 1h", "TinySora.Data.FolderMissing", ErrorCategory.ObjectNotFound);
        Assert.False(Directory.Exists(workspace.At("saved_models")));
    }

    [Fact]
    public void Tab_shows_how_a_time_is_written() =>
        Assert.Contains(workspace.Completed("Start-TinySoraTraining -Budget 1"), found => found.CompletionText == "10min");
}
