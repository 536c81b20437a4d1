using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed class EventTests : IDisposable
{
    private readonly Workspace workspace = new();

    public EventTests() => workspace.Good("New-TinySoraDataset data -Count 6 -ImageSize 16 -Frames 2");

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Events_are_shown_in_a_table()
    {
        var output = workspace.Good("Start-TinySoraTraining tiny.yaml -MaxSteps 1 -OnEvent { $_ }").Output;
        Assert.Matches(@"Kind +Step +Loss +Message\s", output);
        Assert.Matches(@"Started +0 +Training from step 0 to 1 on 6 clips\.", output);
    }

    [Fact]
    public void Script_receives_every_event_and_its_output_is_written()
    {
        var run = workspace.Good("$mine = 'x'; Start-TinySoraTraining tiny.yaml -MaxSteps 2 -OnEvent { \"$mine $($_.Kind) $($_.Step) $(Split-Path -Leaf $_.ResultsPath)\" }");
        Assert.Equal(["x Started 0 saved_models", "x Checkpoint 2 saved_models", "x Ended 2 saved_models"], run.Objects.SkipLast(1).Select(item => $"{item}"));

        var resumed = workspace.Good("Start-TinySoraTraining tiny.yaml -OnEvent { \"$($_.Kind) $($_.Step)\" }");
        Assert.Equal("Started 2", $"{resumed.Objects[0]}");
        Assert.Single(workspace.Good("Start-TinySoraTraining tiny.yaml -OnEvent { 'nothing was done' }").Objects);
    }

    [Fact]
    public void Failure_event_precedes_the_error()
    {
        var run = workspace.Run("Start-TinySoraTraining tiny.yaml -DataPath nowhere -OnEvent { \"$($_.Kind) $($_.ErrorId)\" }");
        Assert.Equal(["Failed TinySora.Data.FolderMissing"], run.Objects.Select(item => $"{item}"));
        Assert.StartsWith("TinySora.Data.FolderMissing,", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Failing_script_is_a_warning_and_the_run_continues()
    {
        var session = workspace.Session();
        var run = session.Run("$ErrorActionPreference = 'Stop'; Start-TinySoraTraining tiny.yaml -OnEvent { Get-Item ./nowhere }");
        Assert.True(run.Succeeded, run.ErrorOutput);
        Assert.Equal(3, run.Warnings.Count(warning => warning.StartsWith("The script in -OnEvent failed for the event ", StringComparison.Ordinal)));
        Assert.Single(workspace.Names("saved_models", "step-*"));
    }

    [Fact]
    public void Errors_and_warnings_of_the_script_become_those_of_the_cmdlet()
    {
        const string script = "{ if ($_.Kind -eq 'Started') { Write-Error 'no copy'; Write-Warning 'little room'; 'said'; throw 'the end' } }";
        var kept = workspace.Good($$"""
            $null = Start-TinySoraTraining tiny.yaml -MaxSteps 1 -ErrorAction SilentlyContinue -ErrorVariable mine -WarningVariable warnings -OnEvent {{script}} 3>$null
            "$mine"; $warnings.Message
            """);
        Assert.Equal(["no copy", "little room", "The script in -OnEvent failed for the event Started: the end. The run continues."], kept.Objects);

        var led = workspace.Good($"Start-TinySoraTraining tiny.yaml -MaxSteps 2 -OnEvent {script} 2>&1 3>&1 | Select-Object -SkipLast 1");
        Assert.Equal(["no copy", "little room", "said"], led.Objects.Take(3).Select(item => $"{item}"));

        var stopped = workspace.Run($"Start-TinySoraTraining tiny.yaml -MaxSteps 3 -ErrorAction Stop -OnEvent {script}");
        Assert.Contains("no copy", Assert.Single(stopped.Errors).Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Job_runs_the_script_in_its_own_session()
    {
        var session = workspace.Session();
        var run = session.Run("""
            $mine = 'x'
            $job = Start-TinySoraTraining tiny.yaml -AsJob -OnEvent { "$mine|$($_.Kind)|$PWD|$((Get-TinySoraConfig tiny.yaml -Key model.dim).Value)" }
            $job | Wait-Job | Receive-Job
            """);
        Assert.True(run.Succeeded, run.ErrorOutput);
        Assert.Equal(["Started", "Checkpoint", "Ended"], run.Objects.SkipLast(1).Select(item => $"{item}".Split('|')[1]));
        Assert.StartsWith($"|Started|{workspace.Folder}", $"{run.Objects[0]}", StringComparison.Ordinal);
        Assert.EndsWith("|8", $"{run.Objects[0]}", StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_in_the_script_of_a_job_are_warnings_and_its_warnings_are_passed_on()
    {
        var run = workspace.Session().Run("""
            $job = Start-TinySoraTraining tiny.yaml -AsJob -OnEvent { if ($_.Kind -eq 'Started') { Write-Error 'no copy'; Write-Warning 'little room'; Write-Host 'hello' } }
            $job | Wait-Job | Receive-Job
            """);
        Assert.True(run.Succeeded, run.ErrorOutput);
        Assert.Contains("The script in -OnEvent failed for the event Started: no copy. The run continues.", run.Warnings);
        Assert.Contains("little room", run.Warnings);
        Assert.Equal("hello", $"{run.Objects[0]}");
    }

    [Fact]
    public void Unreachable_address_is_one_warning()
    {
        var run = workspace.Run("Start-TinySoraTraining tiny.yaml -NotifyUri http://127.0.0.1:9/secret -NotifyOn Started");
        Assert.True(run.Succeeded, run.ErrorOutput);
        Assert.DoesNotContain("secret", Assert.Single(run.Warnings, text => text.Contains("could not be posted", StringComparison.Ordinal)), StringComparison.Ordinal);
        workspace.Bad("Start-TinySoraTraining tiny.yaml -NotifyUri somewhere", "TinySora.Training.NoAddress", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Runs_that_need_attention_can_be_filtered()
    {
        workspace.Good("Start-TinySoraTraining tiny.yaml");
        workspace.Good("Start-TinySoraTraining tiny.yaml -ResultsPath runs/bad");
        var status = workspace.At("runs", "bad", "status.json");
        File.WriteAllText(status, File.ReadAllText(status).Replace("\"Completed\"", "\"Running\""));
        var run = workspace.Good("Get-TinySoraRun | Where-Object NeedsAttention");
        Assert.StartsWith("The run was interrupted at step 3", $"{Assert.Single(run.Values("Attention"))}", StringComparison.Ordinal);
    }
}
