namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Runs in the environment of a Slurm job or a launcher without depending on them.</summary>
[Collection(nameof(CmdletTests))]
[Trait("Starts", "Processes")]
public sealed class SchedulerTests(ProcessesTests.OneProcess one) : IClassFixture<ProcessesTests.OneProcess>
{
    private readonly Workspace workspace = one.Workspace;

    [Theory]
    [InlineData("SLURM_PROCID=0", "SLURM_NTASKS=2")]
    [InlineData("PMIX_RANK=0", "SLURM_PROCID=0", "SLURM_STEP_NUM_TASKS=1")]
    [InlineData("PMI_RANK=0", "PMI_SIZE=1", "SLURM_PROCID=0", "SLURM_STEP_NUM_TASKS=1")]
    public void Script_or_single_task_trains_without_MPI(params string[] variables)
    {
        var results = $"single-{variables.Length}-{variables[0]}";
        var (code, output, error) = Run([.. variables, "TINYSORA_MPI=/nowhere/libmpi.so"], $"Start-TinySoraTraining run.yaml -ResultsPath {results} -MaxSteps 1");
        Assert.True(code == ExitCode.Success, error);
        Assert.Contains("Completed", output, StringComparison.Ordinal);
    }

    /// <summary>The last case is MPICH's second process, which Open MPI's library takes for the only one.</summary>
    [Theory]
    [InlineData(MpiProgram.Mpich, "SLURM_PROCID=0", "SLURM_STEP_NUM_TASKS=2")]
    [InlineData(MpiProgram.Mpich, "SLURM_PROCID=1", "SLURM_STEP_NUM_TASKS=2")]
    [InlineData(MpiProgram.OpenMpi, "PMI_RANK=1", "TINYSORA_MPI=libmpi.so.40")]
    public void Processes_without_an_MPI_connection_all_fail(string mpi, params string[] variables)
    {
        Needs.Mpi(mpi);
        var (code, _, error) = Run(variables, "Start-TinySoraTraining run.yaml -ResultsPath unconnected -MaxSteps 1");
        Assert.Equal(ExitCode.Errors, code);
        Assert.Contains("that library belongs to another launcher", error, StringComparison.Ordinal);
    }

    /// <summary>The job's machines do not exist; a launcher that contacted them would fail or wait.</summary>
    [Theory]
    [InlineData(MpiProgram.OpenMpi)]
    [InlineData(MpiProgram.Mpich)]
    public void Processes_started_by_the_cmdlet_run_on_this_machine(string mpi)
    {
        string[] variables =
        [
            "SLURM_JOB_ID=7", "SLURM_JOBID=7", "SLURM_NODELIST=nowhere[1-2]", "SLURM_JOB_NODELIST=nowhere[1-2]", "SLURM_NNODES=2", "SLURM_JOB_NUM_NODES=2",
            "SLURM_TASKS_PER_NODE=1(x2)", "SLURM_NTASKS=2", "SLURM_NPROCS=2", "SLURM_PROCID=0", "SLURM_STEP_NUM_TASKS=1", "PMIX_RANK=0",
        ];
        var line = $"Start-TinySoraTraining run.yaml -ResultsPath job-{mpi} -MaxSteps 1 -Processes 2";
        var (code, output, error) = MpiProgram.First(workspace, mpi, () => Run(variables, line));
        Assert.True(code == ExitCode.Success, error);
        Assert.Contains("Completed", output, StringComparison.Ordinal);
    }

    private (int Code, string Output, string Error) Run(string[] variables, string line)
    {
        Needs.Program("env");
        using var process = Pwsh.Start("env", [.. variables, .. Pwsh.CommandLine, line], workspace.Folder, Workspace.ModuleFolder);
        return Pwsh.Finish(process);
    }
}
