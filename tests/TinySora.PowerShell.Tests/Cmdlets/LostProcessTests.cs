using System.Diagnostics;
using System.Text.Json.Nodes;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Multi-process runs in which one process hangs, is slow, or never starts, under both MPI libraries in Debian.</summary>
[Collection(nameof(CmdletTests))]
[Trait("Starts", "Processes")]
public sealed class LostProcessTests(ProcessesTests.OneProcess one) : IClassFixture<ProcessesTests.OneProcess>
{
    private readonly Workspace workspace = one.Workspace;

    [Theory]
    [InlineData(MpiProgram.OpenMpi, 0)]
    [InlineData(MpiProgram.Mpich, 2)]
    public void Hung_process_is_named_and_all_end_and_the_run_can_resume(string mpi, int rank)
    {
        Needs.Proc();
        var results = $"still-{mpi}-{rank}";
        workspace.Write("long.yaml", File.ReadAllText(workspace.At("run.yaml"))
            .Replace($"train_num_steps: {ProcessesTests.Steps}", "train_num_steps: 1000000\n  keep_checkpoints: 2", StringComparison.Ordinal));
        var process = MpiProgram.Start(workspace.Folder, mpi, 3, 6, $"Start-TinySoraTraining long.yaml -ResultsPath {results}");
        while (workspace.Names(results, "step-*.safetensors").Length == 0)
        {
            Pwsh.AssertRunning(process);
            Thread.Sleep(5);
        }

        MpiProgram.Stop(MpiProgram.OfRank(rank, results));
        var (code, _, error) = Finish(process);
        Assert.NotEqual(ExitCode.Success, code);
        Assert.Matches($@"Process {rank} \(ranks 0 to 2\) on \S+ has not responded for 6 seconds", error);
        // One that is ending is no longer listed before it has let go of the folder.
        for (var i = 0; MpiProgram.OfResults(results) is var left && (left.Count > 0 || IsLive(results)); i++)
        {
            Assert.True(i < 600, $"Left behind: {string.Join(", ", left.Select(process => process.Id))}");
            Thread.Sleep(100);
        }

        var last = workspace.Names(results, "step-*.safetensors").Max(name => int.Parse(name[5..13]));
        workspace.Good($"Start-TinySoraTraining long.yaml -ResultsPath {results} -Resume -MaxSteps {last + 10}");
        Assert.Equal(Enumerable.Range(1, last + 10), Metrics(results).Select(step => (int)step["step"]!));
    }

    [Fact]
    public void Slow_process_is_waited_for()
    {
        Needs.Proc();
        using var process = MpiProgram.Start(workspace.Folder, MpiProgram.Mpich, 2, 60, "Start-TinySoraTraining run.yaml -ResultsPath slow");
        var stops = 0;
        while (!process.HasExited && stops < 12)
        {
            foreach (var slow in MpiProgram.OfResults("slow").Where(other => other.Id != process.Id))
            {
                stops++;
                MpiProgram.Stop(slow);
                Thread.Sleep(300);
                MpiProgram.Continue(slow);
            }

            Thread.Sleep(100);
        }

        var (code, _, error) = Pwsh.Finish(process);
        Assert.True(code == ExitCode.Success, error);
        Assert.True(stops > 1);
        Assert.All(Metrics("one").Zip(Metrics("slow")), step => Assert.Equal((double)step.First["loss"]!, (double)step.Second["loss"]!, 1e-6));
    }

    [Fact]
    public void Process_that_ends_before_it_joins_is_not_waited_for_forever()
    {
        // Open MPI's launcher detects it; MPICH's does not.
        const string Line = "Start-TinySoraTraining run.yaml -ResultsPath early";
        var (code, _, error) = Finish(MpiProgram.Start(workspace.Folder, MpiProgram.Mpich, 1, 0.5, Line, "Get-TinySoraPreset -Name nothing"));
        Assert.NotEqual(ExitCode.Success, code);
        Pwsh.AssertContains("Not all processes of the launcher started within 7.5 seconds", error);
        Assert.Empty(workspace.Names("early", "step-*.safetensors"));
    }

    private bool IsLive(string results) => workspace.Good($"Get-TinySoraRun {results}").Values("State").Any(state => state is "Running" or "Starting");

    private static (int Code, string Output, string Error) Finish(Process process)
    {
        using (process)
        {
            return Pwsh.Finish(process);
        }
    }

    private List<JsonNode> Metrics(string results) => [.. File.ReadLines(workspace.At(results, "metrics.jsonl")).Select(line => JsonNode.Parse(line)!)];
}
