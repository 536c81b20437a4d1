using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Training as started by schedulers: the same command repeatedly, even while it is still running.</summary>
[Collection(nameof(CmdletTests))]
[Trait("Starts", "Processes")]
public sealed class ScheduleTests : IDisposable
{
    private readonly Workspace workspace = new();

    public ScheduleTests() => workspace.Good("New-TinySoraDataset data -Count 4 -ImageSize 16 -Frames 2");

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Same_command_starts_resumes_and_then_does_nothing()
    {
        Assert.Equal((2, "Completed"), Train("-Until 2"));
        Assert.Equal((2, "OutsideHours"), Train($"-Between {Hours(12)}"));
        Assert.Equal((3, "Completed"), Train($"-Between {Hours(0)}"));
        Assert.Equal((3, "AlreadyComplete"), Train(""));
        Assert.Equal((3, "AlreadyComplete"), Train("-Until 'loss 0.000001', 5000 -MaxSteps 3"));

        (int, string) Train(string arguments)
        {
            var run = workspace.Good($"Start-TinySoraTraining tiny.yaml {arguments}");
            return ((int)Assert.Single(run.Values("Step"))!, (string)Assert.Single(run.Values("StoppedBecause"))!);
        }
    }

    [Fact]
    public void Unwritable_summary_is_reported_before_the_first_step()
    {
        workspace.Write("file", "");
        foreach (var path in (string[])["data", "file/summary.json"])
        {
            workspace.Bad($"Start-TinySoraTraining tiny.yaml -SummaryPath {path}", "TinySora.Checkpoint.CannotWrite", ErrorCategory.WriteError);
        }

        Assert.False(Directory.Exists(workspace.At("saved_models")));
    }

    [Theory]
    [InlineData("absent.yaml", "TinySora.Config.FileMissing")]
    [InlineData("tiny.yaml -Set @{ 'trainer.train_rate' = 1 }", "TinySora.Config.UnknownKey")]
    [InlineData("tiny.yaml -Between night", "TinySora.Training.BadHours")]
    [InlineData("tiny.yaml -NotifyUri ftp://example.org", "TinySora.Training.NoAddress")]
    [InlineData("absent.yaml -ResultsPath nodrive:x", "TinySora.Config.FileMissing")]
    [InlineData("tiny.yaml -ResultsPath nodrive:x", "")]
    [InlineData("absent.yaml -Queue", "TinySora.Config.FileMissing")]
    public void Failure_before_the_run_replaces_the_summary_of_the_last_run(string arguments, string id)
    {
        workspace.Good("Start-TinySoraTraining tiny.yaml -MaxSteps 1 -SummaryPath night.json");
        workspace.Run($"Start-TinySoraTraining {arguments} -SummaryPath night.json -WhatIf");
        workspace.Run($"& {{ $WhatIfPreference = $true; Start-TinySoraTraining {arguments} -SummaryPath night.json }}");
        Assert.Equal("Completed", (string?)Json("night.json")["stopped_because"]);
        workspace.Write("notes.json", "[1]");
        workspace.Run($"Start-TinySoraTraining {arguments} -SummaryPath notes.json");
        Assert.Equal("[1]", File.ReadAllText(workspace.At("notes.json")));

        Assert.StartsWith(id, Assert.Single(workspace.Run($"Start-TinySoraTraining {arguments} -SummaryPath night.json").Errors).FullyQualifiedErrorId);
        workspace.Run($"Start-TinySoraTraining {arguments} -SummaryPath new/night.json");
        Assert.All(["night.json", "new/night.json"], name => Assert.Equal("Failed", (string?)Json(name)["stopped_because"]));
        Assert.StartsWith(id, (string?)Json("night.json")["error"]!["id"]);
    }

    [Fact]
    public void Initial_checkpoint_of_another_model_is_refused_outside_the_hours()
    {
        workspace.Good("Start-TinySoraTraining tiny.yaml -MaxSteps 1");
        workspace.Write("other.yaml", Workspace.TinyConfig.Replace("dim: 8", "dim: 12", StringComparison.Ordinal));
        workspace.Bad(
            $"Start-TinySoraTraining other.yaml -ResultsPath new -InitialCheckpoint saved_models -Between {Hours(12)}",
            "TinySora.Training.OtherInitialModel", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Invalid_goals_and_hours_are_refused()
    {
        workspace.Bad("Start-TinySoraTraining tiny.yaml -Until soon", "TinySora.Training.BadGoal", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining tiny.yaml -Between night", "TinySora.Training.BadHours", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Plan_says_when_time_ends_the_run() => Assert.Contains(
        "Training would not start now", workspace.Good($"Start-TinySoraTraining tiny.yaml -WhatIf -Between {Hours(12)}").Output, StringComparison.Ordinal);

    [Fact]
    public void Second_start_names_the_running_process_and_a_crash_leaves_no_lock()
    {
        workspace.Write("long.yaml", Workspace.TinyConfig.Replace("train_num_steps: 3", "train_num_steps: 1000000", StringComparison.Ordinal));
        using var first = Pwsh.Start(workspace.Folder, Workspace.ModuleFolder, "Start-TinySoraTraining", "long.yaml");
        while (!File.Exists(workspace.At("saved_models", "metrics.jsonl")))
        {
            Pwsh.AssertRunning(first);
            Thread.Sleep(5);
        }

        var second = workspace.Run("Start-TinySoraTraining long.yaml -SummaryPath busy.json");
        var error = Assert.Single(second.Errors);
        Assert.StartsWith("TinySora.Training.FolderInUse,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.ResourceBusy, error.CategoryInfo.Category);
        Assert.Contains($"process {first.Id} ", error.ErrorDetails!.Message, StringComparison.Ordinal);
        Assert.Equal("TinySora.Training.FolderInUse", (string?)Json("busy.json")["error"]!["id"]);

        first.Kill();
        first.WaitForExit();
        workspace.Good("Start-TinySoraTraining long.yaml -MaxMinutes 0.001");
    }

    [Fact]
    public void Nightly_script_trains_writes_its_summary_and_returns_its_exit_code()
    {
        Assert.Equal(0, Script(0).Code);
        Assert.Equal(("Completed", 3), ((string?)Summary()["stopped_because"], (int?)Summary()["step"]));
        Assert.Equal(0, Script(0).Code);
        Assert.Equal("AlreadyComplete", (string?)Summary()["stopped_because"]);
        Assert.Equal(0, Script(12).Code);
        Assert.Equal("OutsideHours", (string?)Summary()["stopped_because"]);
        Assert.Equal(1, Script(0, "-Seed 9").Code);
        Assert.Equal("TinySora.Training.OtherConfiguration", (string?)Summary()["error"]!["id"]);

        JsonNode Summary() => Json("saved models/summary.json");
    }

    /// <summary>The folder of a preset is ./runs/NAME, and the same applies to a configuration.</summary>
    [Fact]
    public void Nightly_script_without_a_folder_trains_in_the_runs_folder()
    {
        workspace.Good($"function Import-Module {{}}; & '{Example("Train-Nightly.ps1")}' -Config ./tiny.yaml -DataPath data -Hours {Hours(0)}");
        Assert.Equal(["step-00000003.safetensors"], workspace.Names("runs/tiny", "*.safetensors"));
        Assert.Equal("Completed", (string?)Json("runs/tiny/summary.json")["stopped_because"]);
        Assert.False(Directory.Exists(workspace.At("saved_models")));
    }

    [Fact]
    public void PowerShell_script_reports_its_result_to_the_system_log()
    {
        Needs.Unix("sh");
        var programs = Directory.CreateDirectory(workspace.At("programs")).FullName;
        File.WriteAllText(Path.Combine(programs, "logger"), $"#!/bin/sh\necho \"$@\" >> '{workspace.At("log.txt")}'\n");
        Process.Start("chmod", ["+x", Path.Combine(programs, "logger")]).WaitForExit();
        var output = workspace.Good($$"""
            $path = $env:PATH
            function Import-Module {}
            try {
                $env:PATH = '{{programs}}:' + $path
                & '{{Example("Train-Nightly.ps1")}}' -Config tiny.yaml -DataPath data -ResultsPath run -Hours {{Hours(0)}} -SystemLog -Set @{ 'trainer.train_lr' = 1e30 }
            }
            finally { $env:PATH = $path }
            """).Output;

        Assert.Contains("Completed at step 3", output, StringComparison.Ordinal);
        var folder = Regex.Escape(workspace.At("run"));
        Assert.Collection(
            File.ReadLines(workspace.At("log.txt")).DistinctBy(line => line.Split(": ")[1]),
            line => Assert.Matches($"^--tag tinysora --priority user.info -- {folder}: Started: Training from step 0", line),
            line => Assert.Matches($"^--tag tinysora --priority user.err -- {folder}: NotFinite: Step ", line),
            line => Assert.Matches($"^--tag tinysora --priority user.info -- {folder}: Ended: Completed", line));
    }

    /// <summary>Slurm notifies only the script, or everything in the job. It kills what is left after the script has ended.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Slurm_script_saves_before_it_ends(bool tellsAll)
    {
        Needs.Unix("sh");
        workspace.Write("long.yaml", Workspace.TinyConfig.Replace("train_num_steps: 3", "train_num_steps: 1000000", StringComparison.Ordinal));
        using var script = StartForSlurm("long.yaml");
        while (!File.Exists(workspace.At("saved models", "metrics.jsonl")))
        {
            Pwsh.AssertRunning(script);
            Thread.Sleep(5);
        }

        Pwsh.Terminate(script);
        if (tellsAll)
        {
            var holder = Regex.Match(File.ReadAllText(workspace.At("saved models", ".lock-holder")), @"process (\d+)").Groups[1].Value;
            using var program = Process.GetProcessById(int.Parse(holder, CultureInfo.InvariantCulture));
            Pwsh.Terminate(program);
        }

        Assert.Equal(ExitCode.Interrupted, Pwsh.Finish(script).Code);
        Assert.Single(Directory.GetFiles(workspace.At("saved models"), "step-*.safetensors"));
    }

    [Fact]
    public void Files_for_cron_and_systemd_name_the_script_and_parse()
    {
        var cron = File.ReadLines(Example("crontab.example")).Last().Split(' ');
        Assert.Matches(@"^[\d*/,-]+$", string.Concat(cron[..5]));
        Assert.Contains(cron, word => word.EndsWith("examples/schedule/Train-Nightly.ps1", StringComparison.Ordinal));

        var service = Unit("tinysora-training.service");
        Assert.EndsWith("examples/schedule/Train-Nightly.ps1", service["Service.ExecStart"], StringComparison.Ordinal);
        Assert.Equal("true", Unit("tinysora-training.timer")["Timer.Persistent"]);
        Assert.True(File.Exists(Example("Train-Nightly.ps1")) && File.Exists(Example("Register-NightlyTraining.ps1")));
    }

    /// <summary>Returns a window of two hours around now plus a number of hours.</summary>
    private static string Hours(int distance)
    {
        var middle = DateTime.Now.AddHours(distance);
        return string.Create(CultureInfo.InvariantCulture, $"{middle.AddHours(-1):HH:mm}-{middle.AddHours(1):HH:mm}");
    }

    /// <summary>Runs the nightly example outside its hours. A module folder with another name cannot be imported by module name.</summary>
    private (int Code, string Output, string Error) Script(int distance, string more = "") => Pwsh.Run(
        workspace.Folder, Workspace.ModuleFolder, $"function Import-Module {{}}; & '{Example("Train-Nightly.ps1")}' -Config tiny.yaml -DataPath ./data "
        + $"-ResultsPath './saved models' -Hours {Hours(distance)} {more}; exit $LASTEXITCODE");

    /// <summary>Adapts the Slurm example to the built module under its own name, with spaces in paths.</summary>
    private Process StartForSlurm(string config)
    {
        Directory.CreateDirectory(workspace.At("all modules"));
        Directory.CreateSymbolicLink(workspace.At("all modules", "TinySora"), Workspace.ModuleFolder);
        var start = new ProcessStartInfo("/bin/sh", [Example("train-slurm.sh")])
        {
            WorkingDirectory = workspace.Folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in ((string Name, string Value)[])
        [
            ("PSModulePath", workspace.At("all modules")), ("TINYSORA_CONFIG", config), ("TINYSORA_DATA", "./data"), ("TINYSORA_RESULTS", "./saved models"),
        ])
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static Dictionary<string, string> Unit(string name)
    {
        var section = "";
        var values = new Dictionary<string, string>();
        foreach (var line in File.ReadLines(Example(name)).Where(line => line.Length > 0 && line[0] is not '#'))
        {
            if (line is ['[', .. var heading, ']'])
            {
                section = heading;
                continue;
            }

            var parts = line.Split('=', 2);
            Assert.Equal(2, parts.Length);
            values[$"{section}.{parts[0]}"] = parts[1];
        }

        return values;
    }

    private JsonNode Json(string name) => JsonNode.Parse(File.ReadAllText(workspace.At(name)))!;

    private static string Example(string name) => Repository.At("examples", "schedule", name);
}
