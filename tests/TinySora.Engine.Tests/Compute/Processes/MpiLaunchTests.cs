using TinySora.Engine.Compute.Processes;

namespace TinySora.Engine.Tests.Compute.Processes;

/// <summary>Tests with environments of launchers, recorded under Slurm 22.05 and with the launchers of Open MPI and MPICH.</summary>
public sealed class MpiLaunchTests
{
    [Theory]
    [InlineData("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=4 PMIX_RANK=1", "OMPI_COMM_WORLD_RANK", 1, 4)]
    [InlineData("PMI_RANK=0 PMI_SIZE=2", "PMI_RANK", 0, 2)]
    [InlineData("PMIX_RANK=3", "PMIX_RANK", 3, null)]
    // srun --mpi=pmix, pmi2 and none.
    [InlineData("PMIX_RANK=1 SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2", "PMIX_RANK", 1, 2)]
    [InlineData("PMI_RANK=1 PMI_SIZE=2 SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2", "PMI_RANK", 1, 2)]
    [InlineData("SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=2", "SLURM_PROCID", 0, 2)]
    // mpiexec in a batch script; MPICH's starts its processes in a separate Slurm step.
    [InlineData("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 PMIX_RANK=1 SLURM_PROCID=0 SLURM_NTASKS=2", "OMPI_COMM_WORLD_RANK", 1, 2)]
    [InlineData("PMI_RANK=1 PMI_SIZE=2 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1", "PMI_RANK", 1, 2)]
    // mpiexec in a shell under srun.
    [InlineData("PMI_RANK=1 PMI_SIZE=2 PMIX_RANK=0 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1", "PMI_RANK", 1, 2)]
    [InlineData("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 PMI_RANK=0 PMI_SIZE=1 SLURM_STEP_NUM_TASKS=1", "OMPI_COMM_WORLD_RANK", 1, 2)]
    public void A_launched_process_knows_its_rank(string environment, string name, int rank, int? count) =>
        Assert.Equal((name, rank, count), Read(environment));

    [Theory]
    [InlineData("")]
    [InlineData("OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=1 PMIX_RANK=0 SLURM_STEP_NUM_TASKS=1")]
    [InlineData("PMI_RANK=0 PMI_SIZE=1")]
    // A batch script of a job with two tasks; a shell started by salloc does not even have a rank.
    [InlineData("SLURM_PROCID=0 SLURM_NTASKS=2 SLURM_NPROCS=2")]
    // srun -n 1 with each --mpi that may be the cluster's default.
    [InlineData("SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1")]
    [InlineData("PMIX_RANK=0 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1")]
    [InlineData("PMI_RANK=0 PMI_SIZE=1 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1")]
    public void A_single_process_does_not_count_as_launched(string environment) => Assert.Null(Read(environment));

    private static (string Name, int Rank, int? Count)? Read(string environment)
    {
        var variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        return MpiLaunch.Read(variables.GetValueOrDefault);
    }
}
