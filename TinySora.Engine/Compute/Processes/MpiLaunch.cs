namespace TinySora.Engine.Compute.Processes;

/// <summary>What a launcher of MPI (mpiexec, srun, HPC Pack) tells a process that it has started, in environment variables.</summary>
public static class MpiLaunch
{
    /// <summary>The file of the MPI library, for launchers whose own is not found by name.</summary>
    public const string LibraryVariable = "TINYSORA_MPI";

    private const string OpenMpi = "OMPI_COMM_WORLD_RANK";

    /// <summary>The variable with the rank that <c>srun --mpi=pmix</c> sets and Open MPI reads.</summary>
    private const string Pmix = "PMIX_RANK";

    /// <summary>The variable with the rank that MPICH, MS-MPI and <c>srun --mpi=pmi2</c> set.</summary>
    private const string Pmi = "PMI_RANK";

    /// <summary>The variable with the rank that srun sets; a batch script, which runs alone, has it too.</summary>
    private const string Slurm = "SLURM_PROCID";

    /// <summary>
    /// The environment variables with rank and number of processes, by launcher. A launcher passes on what it finds, so srun, which may start
    /// one, comes last.
    /// </summary>
    private static readonly (string Rank, string Count)[] Variables =
        [(OpenMpi, "OMPI_COMM_WORLD_SIZE"), (Pmi, "PMI_SIZE"), (Pmix, "SLURM_STEP_NUM_TASKS"), (Slurm, "SLURM_STEP_NUM_TASKS")];

    /// <summary>
    /// Whether a launcher has started this process beside others. Without any no MPI is ever loaded: a shell under srun may start many programs, of
    /// which only the first could join, and there may be no MPI.
    /// </summary>
    public static bool IsThere => Here is not null;

    /// <summary>Whether this process is one that only computes its share: another one writes, reports and answers.</summary>
    public static bool IsFollower => Here is { Rank: > 0 };

    /// <summary>Whether the launcher has started other processes, too.</summary>
    internal static bool HasOthers => Here is { Rank: > 0 } or { Count: > 1 };

    internal static bool IsOpenMpi => Here is { Name: OpenMpi or Pmix };

    private static (string Name, int Rank, int? Count)? Here => Read(Environment.GetEnvironmentVariable);

    /// <param name="environment">The value of a variable, or null.</param>
    /// <returns>Null: no launcher, or no others. The name of the variable with the rank; a count of null: the launcher does not say it.</returns>
    internal static (string Name, int Rank, int? Count)? Read(Func<string, string?> environment)
    {
        int? Number(string name) => int.TryParse(environment(name), out var number) ? number : null;
        foreach (var (name, countName) in Variables)
        {
            var count = Number(countName);
            if (Number(name) is int rank && (count > 1 || (count is null && name != Slurm)))
            {
                return (name, rank, count);
            }
        }

        return null;
    }
}
