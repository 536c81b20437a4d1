namespace TinySora.Engine.Compute;

/// <summary>What a launcher of MPI (mpiexec, srun, HPC Pack) tells a process that it has started, in environment variables.</summary>
public static class MpiLaunch
{
    /// <summary>The file of the MPI library, for launchers whose own is not found by name.</summary>
    public const string LibraryVariable = "TINYSORA_MPI";

    /// <summary>Open MPI says these, alone and under srun.</summary>
    private static readonly string[] OpenMpiRanks = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK"];

    /// <summary>MPICH, MS-MPI and srun say it.</summary>
    private const string PmiRank = "PMI_RANK";

    /// <summary>Whether a launcher has started this process. Without one no MPI is ever loaded.</summary>
    public static bool IsThere => Rank is not null;

    /// <summary>Whether this process is one that only computes its share: another one writes, reports and answers.</summary>
    public static bool IsFollower => Rank > 0;

    /// <summary>Whether the launcher is one of Open MPI.</summary>
    internal static bool IsOpenMpi => OpenMpiRanks.Any(name => Number(name) is not null);

    /// <summary>As the launcher has it; null: there is none.</summary>
    private static int? Rank => OpenMpiRanks.Append(PmiRank).Select(Number).FirstOrDefault(rank => rank is not null)
        ?? (Number("SLURM_STEP_NUM_TASKS") > 1 ? Number("SLURM_PROCID") : null);

    private static int? Number(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), out var number) ? number : null;
}
