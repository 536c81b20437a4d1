using System.Diagnostics;
using System.Management.Automation;
using System.Text.RegularExpressions;
using TinySora.PowerShell.Tests.Shell;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Runs that are monitored and controlled, in a background job or in another process.</summary>
[Collection(nameof(CmdletTests))]
[Trait("Starts", "Processes")]
public sealed class RunTests : IDisposable
{
    private readonly Workspace workspace = new();
    private readonly ShellSession session;

    public RunTests()
    {
        session = workspace.Session();
        workspace.Good("New-TinySoraDataset data -Count 4 -ImageSize 16 -Frames 2");
        workspace.Write("long.yaml", Workspace.TinyConfig
            .Replace("train_num_steps: 3", "train_num_steps: 1000000", StringComparison.Ordinal)
            .Replace("save_model_every: 100", "save_model_every: 1000000", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        session.Run("Get-Job | Remove-Job -Force");
        workspace.Dispose();
    }

    [Fact]
    public void Job_returns_its_result_progress_and_messages_when_received()
    {
        var run = Good("Start-TinySoraTraining tiny.yaml -AsJob | Receive-Job -Wait -Verbose");
        Assert.Equal(("Completed", 3), (Assert.Single(run.Values("StoppedBecause")), (int)Assert.Single(run.Values("Step"))!));
        Assert.Contains(run.Verbose, text => text.StartsWith("Found 4 clips in", StringComparison.Ordinal));
        Assert.Equal("loading libtorch", run.Progress[0].StatusDescription);
        Assert.Contains(run.Progress, p => Regex.IsMatch(p.StatusDescription, @"^step \d of 3, loss \d\.\d{4}"));
        Assert.Equal("Completed", Assert.Single(Good("Get-Job").Values("JobStateInfo"))!.ToString());
        Assert.True(File.Exists(workspace.At("saved_models", "step-00000003.safetensors")));
    }

    [Fact]
    public void Job_can_return_its_steps_while_they_are_taken() =>
        Assert.Equal([1, 2, 3, 3], Good("Start-TinySoraTraining tiny.yaml -AsJob -PassThru | Receive-Job -Wait").Values("Step"));

    [Fact]
    public void Stopped_job_has_saved_a_checkpoint()
    {
        Good("Start-TinySoraTraining long.yaml -AsJob");
        WaitForSteps();

        Good("Get-Job | Stop-Job");

        Assert.Equal("Stopped", Assert.Single(Good("Get-Job").Values("JobStateInfo"))!.ToString());
        var result = Good("Get-Job | Receive-Job");
        Assert.Equal("Cancelled", Assert.Single(result.Values("StoppedBecause")));
        Assert.Equal(Assert.Single(result.Values("Step")), Assert.Single(Good("Get-TinySoraCheckpoint -Latest").Values("Step")));
    }

    [Fact]
    public void Second_training_in_the_folder_of_a_job_is_refused_immediately_and_does_not_disturb_it()
    {
        var error = Assert.Single(session.Run("Start-TinySoraTraining long.yaml -AsJob; Start-TinySoraTraining long.yaml").Errors);
        Assert.StartsWith("TinySora.Training.FolderInUse,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains($"process {Environment.ProcessId} ", error.ErrorDetails!.Message, StringComparison.Ordinal);
        WaitForSteps();
        Good("Get-Job | Stop-Job");
        Assert.Equal("Cancelled", Assert.Single(Good("Get-Job | Receive-Job").Values("StoppedBecause")));
    }

    [Fact]
    public void Failed_job_has_the_error_of_the_cmdlet()
    {
        var run = session.Run("Start-TinySoraTraining tiny.yaml -DataPath nowhere -AsJob | Receive-Job -Wait");
        var error = Assert.Single(run.Errors);
        Assert.StartsWith("TinySora.Data.", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.NotEmpty(error.ErrorDetails!.RecommendedAction);
        Assert.Equal("Failed", Assert.Single(Good("Get-Job").Values("JobStateInfo"))!.ToString());
        Assert.False(Directory.Exists(workspace.At("saved_models")));
    }

    [Fact]
    public void Session_controls_the_run_of_its_job()
    {
        Good("Start-TinySoraTraining long.yaml -AsJob");
        WaitForSteps();

        var paused = Good("Get-Job | Suspend-TinySoraRun -PassThru");
        Assert.Equal(("Paused", true), (Assert.Single(paused.Values("State")), Assert.Single(paused.Values("IsLive"))));
        Assert.Matches(@"State +Step +Of +Loss +Steps/s +Remaining +ResultsPath", paused.Output);

        // A paused run shows how long it has been paused.
        for (var look = 0; !Regex.IsMatch($"{Assert.Single(Good("Get-Job").Values("StatusMessage"))}", @"^step \d+ of .* \(\d+ s\)$"); look++)
        {
            Assert.True(look < 600, "The bar stands still.");
            Thread.Sleep(100);
        }

        var saved = Good("Save-TinySoraRun");
        Assert.Equal(Assert.Single(paused.Values("Step")), Assert.Single(saved.Values("Step")));
        var preview = Good("Get-TinySoraRun | Show-TinySoraRun -Prompt 'a red circle','a blue square' -Seed 3");
        Assert.True(File.Exists((string)Assert.Single(preview.Values("Path"))!));
        Assert.Equal(2, ((IReadOnlyList<string>)Assert.Single(preview.Values("Prompts"))!).Count);
        Assert.Equal(5e-3, Assert.Single(Good("Set-TinySoraRun -LearningRate 5e-3 -PassThru").Values("LearningRate")));
        Assert.Empty(Good("Resume-TinySoraRun").Objects);
        Assert.Equal("Cancelled", Assert.Single(Good("Stop-TinySoraRun -PassThru").Values("State")));
        Assert.Contains("0.005", string.Join('\n', session.Run("Start-TinySoraTraining long.yaml -MaxMinutes 0.001").Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_of_another_process_is_monitored_and_controlled_in_the_same_way()
    {
        using var process = Pwsh.Start(workspace.Folder, Workspace.ModuleFolder, "Start-TinySoraTraining", "long.yaml");
        WaitForSteps(process);

        Assert.Equal(process.Id, Assert.Single(Good("Get-TinySoraRun").Values("ProcessId")));
        Assert.Equal("Paused", Assert.Single(Good("Suspend-TinySoraRun -PassThru").Values("State")));
        Assert.True(File.Exists((string)Assert.Single(Good("Show-TinySoraRun").Values("Path"))!));
        Assert.Null(Assert.Single(Good("Save-TinySoraRun").Values("Problem")));
        Good("Stop-TinySoraRun");

        Assert.Equal(ExitCode.Success, Pwsh.Finish(process).Code);
        Assert.Equal(["Cancelled"], Good("Get-TinySoraRun").Values("State"));
        Assert.Null(Assert.Single(Good("Get-TinySoraRun").Values("ProcessId")));
    }

    [Fact]
    public async Task Runs_can_be_watched_and_waited_for_until_they_have_ended()
    {
        using var process = Pwsh.Start(workspace.Folder, Workspace.ModuleFolder, "Start-TinySoraTraining", "long.yaml");
        WaitForSteps(process);

        var early = Good("Wait-TinySoraRun -Timeout 0 -ErrorAction SilentlyContinue");
        Assert.Empty(early.Objects);
        workspace.Bad("Wait-TinySoraRun -Timeout 0.3", "TinySora.Training.StillLive", ErrorCategory.ResourceBusy);
        var watched = Good("Get-TinySoraRun -Watch -Interval 0.1 | Select-Object -First 3");
        Assert.Equal(["Running", "Running", "Running"], watched.Values("State"));

        var waiting = Task.Run(() => workspace.Good("Wait-TinySoraRun"));
        var watching = Task.Run(() => workspace.Good("Get-TinySoraRun -Watch -Interval 0.2"));
        Good("Stop-TinySoraRun");
        Pwsh.Finish(process);
        Assert.Equal(["Cancelled"], (await waiting).Values("State"));
        Assert.Equal("Cancelled", (await watching).Values("State")[^1]);

        Assert.Equal(["Cancelled"], Good("Wait-TinySoraRun").Values("State"));
        workspace.Bad("Wait-TinySoraRun data", "TinySora.Training.NoRun", ErrorCategory.ObjectNotFound);
    }

    [Fact]
    public void Tags_and_a_note_are_set_at_the_start_or_later_and_stay_with_the_run()
    {
        workspace.Good("Start-TinySoraTraining tiny.yaml -MaxSteps 1 -Tag baseline, small -Note 'größer als nötig'");
        var run = Good("Get-TinySoraRun");
        Assert.Equal(("baseline, small", "größer als nötig"), ($"{run.Values("Tags").Single()}", run.Values("Note").Single()));

        workspace.Good("Start-TinySoraTraining tiny.yaml");
        Assert.Equal("good", Assert.Single(Good("Set-TinySoraRun -Tag good -PassThru").Values("Tags"))!.ToString());
        Assert.Equal("größer als nötig", Assert.Single(Good("Get-TinySoraRun").Values("Note")));
        Good("Set-TinySoraRun -Note ''");
        Assert.Null(Assert.Single(Good("Get-TinySoraRun").Values("Note")));
        Assert.Equal("good", Assert.Single(Good("Compare-TinySoraRun saved_models").Values("Tags"))!.ToString());

        Good("Set-TinySoraRun -Tag other -WhatIf");
        Assert.Equal("good", Assert.Single(Good("Get-TinySoraRun").Values("Tags"))!.ToString());
        workspace.Bad("Set-TinySoraRun", "TinySora.Input.NothingToSet", ErrorCategory.InvalidArgument);
        workspace.Bad("Set-TinySoraRun data -Tag a", "TinySora.Training.NoRun", ErrorCategory.ObjectNotFound);

        // A run started from scratch has none.
        workspace.Good("Start-TinySoraTraining tiny.yaml -Force -MaxSteps 1");
        Assert.Equal("", Assert.Single(Good("Get-TinySoraRun").Values("Tags"))!.ToString());
    }

    /// <summary>The missing parameter is detected after the folder was checked.</summary>
    [Fact]
    public void Run_moved_aside_for_a_failed_start_is_restored()
    {
        workspace.Good("Start-TinySoraTraining tiny.yaml -Set @{ 'trainer.save_model_every' = 1 }");
        var before = workspace.Names("saved_models", "*");
        Directory.CreateDirectory(workspace.At("empty"));
        foreach (var how in new[] { "-Force", "-FromStep 1" })
        {
            workspace.Bad(
                $"Start-TinySoraTraining tiny.yaml -Set @{{ 'trainer.save_model_every' = 1 }} -DataPath empty {how}", "TinySora.Data.NoClips", ErrorCategory.ObjectNotFound);
            Assert.Equal(before, workspace.Names("saved_models", "*"));
            Assert.Empty(Directory.GetDirectories(workspace.At("saved_models"), "old-*"));
        }
    }

    [Fact]
    public void Checkpoint_removed_while_the_run_is_paused_is_written_again_at_its_end()
    {
        var run = session.Run("""
            $job = Start-TinySoraTraining tiny.yaml -AsJob -Set @{ 'trainer.train_num_steps' = 1000000; 'trainer.save_model_every' = 1000000 }
            while (-not ((Get-TinySoraRun -ErrorAction Ignore).Step -gt 1) -and $job.State -eq 'Running') { Start-Sleep -Milliseconds 50 }
            Suspend-TinySoraRun
            $null = Save-TinySoraRun
            Remove-TinySoraCheckpoint saved_models -Confirm:$false
            Stop-TinySoraRun
            $job | Wait-Job | Receive-Job
            """);
        Assert.True(run.Succeeded, run.ErrorOutput);
        Assert.True(File.Exists((string)run.Values("Checkpoint")[^1]!));
    }

    [Fact]
    public void Runs_are_listed_by_folder_and_wildcard()
    {
        foreach (var name in new[] { "one", "two" })
        {
            workspace.Good($"Start-TinySoraTraining tiny.yaml -ResultsPath runs/{name} -MaxSteps 1");
        }

        Assert.Equal([workspace.At("runs", "one"), workspace.At("runs", "two")], Good("Get-TinySoraRun runs").Values("ResultsPath"));
        Assert.Equal([1, 1], Good("Get-TinySoraRun runs/*").Values("Step"));
        Assert.Equal(["a", "a"], Good("Set-TinySoraRun runs -Tag a, ' a ', '' -PassThru").Values("Tags").Select(tags => $"{tags}"));
        Assert.Equal(["a", "a"], Good("Get-TinySoraRun runs").Values("Tags").Select(tags => $"{tags}"));
        var elsewhere = workspace.Run("Set-Location Env:; Get-TinySoraRun");
        Assert.StartsWith("TinySora.Input.NotAFile,", elsewhere.Errors.Single().FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.NotEmpty(workspace.Good("Set-Location Env:; Test-TinySoraInstallation").Objects);
        Assert.NotEmpty(workspace.Good($"Set-Location Env:; Start-TinySoraTraining shapes-quick '{workspace.At("data")}' '{workspace.At("new")}' -WhatIf").Output);
        Assert.Equal([workspace.At("runs", "two")], Good("Get-TinySoraRun -LiteralPath runs/two").Values("ResultsPath"));
        Assert.Equal(workspace.At("runs", "one", "step-00000001.safetensors"), Assert.Single(Good("Get-TinySoraRun runs/one").Values("Checkpoint")));
        workspace.Bad("Get-TinySoraRun data", "TinySora.Training.NoRun", ErrorCategory.ObjectNotFound);
        Assert.Equal([workspace.At("runs", "two")], Good("Get-TinySoraCheckpoint runs/two | Get-TinySoraRun").Values("ResultsPath"));
    }

    [Fact]
    public void Requests_to_a_run_that_has_ended_are_refused_with_WhatIf_too()
    {
        workspace.Good("Start-TinySoraTraining tiny.yaml");
        foreach (var order in new[] { "Suspend-TinySoraRun", "Resume-TinySoraRun", "Stop-TinySoraRun", "Save-TinySoraRun", "Show-TinySoraRun", "Set-TinySoraRun -LearningRate 1" })
        {
            workspace.Bad(order, "TinySora.Training.NotLive", ErrorCategory.InvalidOperation);
            workspace.Bad($"{order} -WhatIf", "TinySora.Training.NotLive", ErrorCategory.InvalidOperation);
        }
    }

    [Fact]
    public void Requests_respect_the_values_of_WhatIf_and_Confirm()
    {
        Good("Start-TinySoraTraining long.yaml -AsJob");
        WaitForSteps();
        string[] orders = ["Suspend-TinySoraRun", "Save-TinySoraRun", "Show-TinySoraRun", "Set-TinySoraRun -LearningRate 5e-3", "Resume-TinySoraRun", "Stop-TinySoraRun"];
        foreach (var order in orders)
        {
            var before = State();
            Assert.Contains("What if: ", Good($"{order} -WhatIf").Output, StringComparison.Ordinal);
            var confirmations = 0;
            workspace.Run($"{order} -Confirm", confirm: _ => confirmations++ < 0);
            Assert.Equal((1, before), (confirmations, State()));

            Good($"{order} -WhatIf:$false -Confirm:$false");
            Assert.NotEqual(before, State());
        }

        // Automatic actions of a run are not included.
        string State()
        {
            var run = Good("Get-TinySoraRun");
            string[] files = [.. workspace.Names("saved_models", "*.safetensors"), .. workspace.Names("saved_models", "*.gif")];
            return $"{Assert.Single(run.Values("State"))} {Assert.Single(run.Values("LearningRate"))} {string.Join(' ', files)}";
        }
    }

    [Fact]
    public void WhatIf_starts_no_job()
    {
        Assert.Empty(Good("Start-TinySoraTraining tiny.yaml -AsJob -WhatIf").Objects);
        Assert.Empty(Good("Get-Job").Objects);
    }

    private ShellRun Good(string pipeline)
    {
        var run = session.Run(pipeline);
        Assert.True(run.Succeeded, run.ErrorOutput);
        return run;
    }

    /// <param name="other">The process that receives the requests; <c>null</c> for a job of the session.</param>
    private void WaitForSteps(Process? other = null)
    {
        for (var look = 0; session.Run("Get-TinySoraRun -ErrorAction Ignore").Values("Step") is not [> 0]; look++)
        {
            if (other is not null)
            {
                Pwsh.AssertRunning(other);
            }

            if (session.Run("Get-Job").Values("JobStateInfo").Any(state => $"{state}" == "Failed"))
            {
                Assert.Fail(session.Run("Get-Job | Receive-Job").ErrorOutput);
            }

            Assert.True(look < 6000, "The run took no step.");
            Thread.Sleep(20);
        }
    }
}
