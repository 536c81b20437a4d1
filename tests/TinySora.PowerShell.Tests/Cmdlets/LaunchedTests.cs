using System.Diagnostics;
using System.Management.Automation;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TinySora.PowerShell.Tests.Shell;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary><c>-Processes</c>: runs whose processes are started by the cmdlet.</summary>
[Collection(nameof(CmdletTests))]
[Trait("Starts", "Processes")]
public sealed class LaunchedTests(ProcessesTests.OneProcess one) : IClassFixture<ProcessesTests.OneProcess>
{
    private const int Steps = 50;
    private const string OpenMpi = MpiProgram.OpenMpi;
    private const string Mpich = MpiProgram.Mpich;

    private readonly Workspace workspace = one.Workspace;

    [Theory]
    [InlineData(OpenMpi, "Open MPI")]
    [InlineData(Mpich, "MPICH")]
    public void Two_processes_give_the_results_of_one(string mpi, string library)
    {
        var onEvent = $"-OnEvent {{ [IO.File]::AppendAllText(\"$PWD/events-{mpi}\", \"$($_.Kind) \") }}";
        var run = With(mpi, () => Good($"Start-TinySoraTraining run.yaml -ResultsPath by-{mpi} -Processes 2 -PassThru -Verbose {onEvent}"));
        var events = File.ReadAllText(workspace.At($"events-{mpi}")).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["Started", "Ended"], [events[0], events[^1]]);
        Assert.Equal(Steps / 10, events.Count(kind => kind == "Checkpoint"));
        Assert.Equal([.. Enumerable.Range(1, Steps), Steps], run.Values("Step"));
        var folder = workspace.At($"by-{mpi}");
        Assert.All(run.Values("ResultsPath"), path => Assert.Equal(folder, path));

        Assert.Equal(Steps / 10, run.Values("Checkpoint").Take(Steps).Count(path => path is not null));
        var result = JsonNode.Parse((string)Good($"Start-TinySoraTraining run.yaml -ResultsPath by-{mpi} | ConvertTo-Json").Objects[0]!)!;
        Assert.Equal("AlreadyComplete", (string)result["StoppedBecause"]!);
        Assert.Equal(
            [(string)result["Checkpoint"]!, "Completed", 10],
            [run.Values("Checkpoint")[^1], run.Values("StoppedBecause")[^1], run.Values("Clips")[^1]]);

        var metrics = Metrics($"by-{mpi}");
        Assert.All(Metrics("one").Zip(metrics), step => Assert.Equal((double)step.First["loss"]!, (double)step.Second["loss"]!, 1e-6));
        Assert.All(metrics, step => Assert.Equal(2, step["examples"]!.AsArray().Count));
        Assert.Contains(run.Progress, p => p.StatusDescription == "starting 2 processes");
        Assert.Contains(run.Progress, p => p.StatusDescription.StartsWith("taking the first step", StringComparison.Ordinal));
        var begins = $@"with \d+ threads? \([^)]*\) in each of 2 processes \({Regex.Escape(library)}\) on cpu";
        Assert.Contains(run.Verbose, text => Regex.IsMatch(text, begins));
        Assert.Contains(run.Verbose, text => text.StartsWith("Saved '", StringComparison.Ordinal));
    }

    [Fact]
    public void Parameters_reach_every_process()
    {
        const string Folder = "it's \"odd\" `$here, ünder";
        const string Note = "5% of 'it' | \"that\"; $null";
        var line = $"Start-TinySoraTraining run.yaml -ResultsPath '{Folder.Replace("'", "''", StringComparison.Ordinal)}' "
            + $"-Note '{Note.Replace("'", "''", StringComparison.Ordinal)}' -Tag 'a b', c -Until 3, 'loss 1e-9', '2100-01-01 18:00' -BatchSize 3 -Seed 7 "
            + "-SummaryPath last.json -Set @{ 'trainer.train_lr' = 0.002, 3e-3; 'diffusion.objective' = 'v' }";
        var run = With(Mpich, () => Good($"{line} -Processes 2"));
        Assert.Equal(["Completed", "Completed"], run.Values("StoppedBecause"));
        var runs = Good($"Get-TinySoraRun '{Folder.Replace("'", "''", StringComparison.Ordinal)}'");
        Assert.Equal([0.002, 0.003], runs.Values("LearningRate"));
        Assert.All(runs.Values("Note"), note => Assert.Equal(Note, note));
        Assert.All(runs.Values("Tags"), tags => Assert.Equal("a b, c", tags!.ToString()));
        Assert.Equal(2, Directory.GetFiles(workspace.Folder, "last.*.json").Length);

        // For a single process the configuration is the same.
        Assert.Equal(["AlreadyComplete", "AlreadyComplete"], Good(line).Values("StoppedBecause"));
    }

    [Fact]
    public void Ctrl_C_in_a_terminal_saves_and_ends_all_processes()
    {
        Needs.Program("setsid");

        // Like a shell in a terminal. Background programs, possibly including these tests, ignore the signal, and their children inherit that.
        using var process = StartLong("interrupted", "setsid", "env", "--default-signal=INT");
        Pwsh.InterruptGroup(process);
        var (code, _, error) = Pwsh.Finish(process);
        Assert.True(code is ExitCode.Errors or ExitCode.Success, error); // PowerShell's exit code for Ctrl-C is 1
        IsSaved("interrupted");
    }

    [Fact]
    public void Run_whose_session_was_killed_is_saved()
    {
        Needs.Proc();
        using var process = StartLong("orphaned");
        process.Kill();
        process.WaitForExit();
        Good("Wait-TinySoraRun orphaned");
        Assert.Equal("Cancelled", Assert.Single(Good("Get-TinySoraRun orphaned").Values("State")));
        IsSaved("orphaned");
    }

    [Fact]
    public void Missing_processes_are_an_error_with_their_output()
    {
        Needs.Proc();
        using var process = StartLong("gone");
        MpiProgram.LaunchedOfRank(1, workspace.Folder).Kill();
        var (code, _, error) = Pwsh.Finish(process);
        Assert.Equal(ExitCode.Errors, code);
        Assert.Contains("ended before the run did", error, StringComparison.Ordinal);
        Assert.Matches(@"Their output: \S", error); // the launcher of the killed process or the other end of the connection, whichever reports first
    }

    [Fact]
    public void Failure_of_all_processes_is_one_error()
    {
        With(Mpich, () => workspace.Bad(
            "Start-TinySoraTraining run.yaml -ResultsPath none -Resume -Processes 2", "TinySora.Training.NothingToResume", ErrorCategory.ObjectNotFound));
        var job = workspace.Session();
        var run = With(OpenMpi, () => job.Run("Start-TinySoraTraining run.yaml -ResultsPath none -BatchSize 1 -Processes 2 -AsJob | Receive-Job -Wait"));
        Assert.StartsWith("TinySora.Process.TooManyProcesses", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workspace.At("none")));
    }

    [Fact]
    public void Run_that_fails_with_several_processes_before_its_first_step_stays_as_it_was()
    {
        Good("Start-TinySoraTraining run.yaml -ResultsPath kept -BatchSize 1 -MaxSteps 20");
        var before = workspace.Names("kept", "step-*");
        With(Mpich, () => workspace.Bad(
            "Start-TinySoraTraining run.yaml -ResultsPath kept -BatchSize 1 -FromStep 10 -Processes 2", "TinySora.Process.TooManyProcesses",
            ErrorCategory.InvalidArgument));
        Assert.Equal(before, workspace.Names("kept", "step-*"));
        Assert.Equal(["20", "Completed"], Good("Get-TinySoraRun kept | ForEach-Object { \"$($_.Step)\"; \"$($_.State)\" }").Objects);
    }

    [Fact]
    public void Several_processes_are_refused_without_a_launcher_and_under_one()
    {
        workspace.BadWithoutPrograms("Start-TinySoraTraining run.yaml -Processes 2", "TinySora.Process.NoLauncher", ErrorCategory.NotInstalled);
        Needs.Mpi(Mpich);
        var (code, _, error) = Pwsh.Finish(Pwsh.Start(
            Needs.Find("mpiexec.mpich")!, ["-n", "2", .. Pwsh.CommandLine, "Start-TinySoraTraining run.yaml -Processes 2"],
            workspace.Folder, Workspace.ModuleFolder));
        Assert.Equal(ExitCode.Errors, code);
        Assert.Contains("A launcher has already started this process together with others", error, StringComparison.Ordinal);
    }

    /// <summary>Starts a run without an end and waits for its first checkpoint.</summary>
    /// <param name="before">A program that starts the run.</param>
    private Process StartLong(string results, params string[] before)
    {
        workspace.Write("long.yaml", File.ReadAllText(workspace.At("run.yaml")).Replace($"steps: {Steps}", "steps: 1000000", StringComparison.Ordinal));
        string[] line = [.. before, .. Pwsh.CommandLine, $"Start-TinySoraTraining long.yaml -ResultsPath {results} -Processes 2"];
        var process = With(Mpich, () => Pwsh.Start(line[0], line[1..], workspace.Folder, Workspace.ModuleFolder));
        while (workspace.Names(results, "step-*.safetensors").Length == 0)
        {
            Pwsh.AssertRunning(process);
            Thread.Sleep(5);
        }

        return process;
    }

    private void IsSaved(string results) =>
        Assert.Contains($"step-{(int)Metrics(results)[^1]["step"]!:D8}.safetensors", workspace.Names(results));

    private T With<T>(string mpi, Func<T> work) => MpiProgram.First(workspace, mpi, work);

    private ShellRun Good(string pipeline) => workspace.Good(pipeline);

    private List<JsonNode> Metrics(string results) => [.. File.ReadLines(workspace.At(results, "metrics.jsonl")).Select(line => JsonNode.Parse(line)!)];
}
