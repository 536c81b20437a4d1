using System.Diagnostics;
using System.Globalization;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Compute.Processes;

/// <summary>Information that an MPI launcher (mpiexec, srun, HPC Pack) passes to the processes it starts, in environment variables.</summary>
public static class MpiLaunch
{
    /// <summary>Environment variable with the path of the MPI library, for launchers whose library is not found by name.</summary>
    public const string LibraryVariable = "TINYSORA_MPI";

    private const string OpenMpi = "OMPI_COMM_WORLD_RANK";

    /// <summary>The rank variable that <c>srun --mpi=pmix</c> sets and Open MPI reads.</summary>
    private const string Pmix = "PMIX_RANK";

    /// <summary>The rank variable that MPICH, MS-MPI and <c>srun --mpi=pmi2</c> set.</summary>
    private const string Pmi = "PMI_RANK";

    /// <summary>The rank variable that srun sets. It is also set in a batch script, which runs as a single process.</summary>
    private const string Slurm = "SLURM_PROCID";

    /// <summary>
    /// Environment variables with the rank and the number of processes, for each launcher. srun comes last because it may start another launcher, which
    /// passes on the variables that it inherits.
    /// </summary>
    private static readonly (string Rank, string Count)[] Variables =
        [(OpenMpi, "OMPI_COMM_WORLD_SIZE"), (Pmi, "PMI_SIZE"), (Pmix, "SLURM_STEP_NUM_TASKS"), (Slurm, "SLURM_STEP_NUM_TASKS")];

    /// <summary>
    /// Whether a launcher has started this process together with others. If not, MPI is never loaded: it may not be installed, and if
    /// srun starts a shell, only the first program that the shell starts could join.
    /// </summary>
    public static bool IsActive => Here is not null;

    /// <summary>Whether this process only computes its part, while process 0 writes files, reports progress and handles requests.</summary>
    public static bool IsFollower => Here is { Rank: > 0 };

    /// <summary>Whether the launcher has started other processes as well.</summary>
    internal static bool HasPeers => Here is { Rank: > 0 } or { Count: > 1 };

    internal static bool IsOpenMpi => Here is { Name: OpenMpi or Pmix };

    private static (string Name, int Rank, int? Count)? Here => Read(Environment.GetEnvironmentVariable);

    /// <param name="environment">Returns the value of a variable, or <c>null</c>.</param>
    /// <returns>
    /// The name of the rank variable, the rank, and the number of processes (<c>null</c> if the launcher does not set it); <c>null</c> if there is no
    /// launcher or there are no other processes.
    /// </returns>
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

/// <summary>The installed program that starts MPI processes on this machine.</summary>
internal static class MpiLauncher
{
    private static readonly string[] Names = ["mpiexec", "mpiexec.openmpi", "mpiexec.mpich", "mpirun"];

    /// <summary>
    /// Settings for Open MPI, which by default starts at most one process per core, refuses to run as root, and binds processes to cores. Other launchers
    /// have no such limits and ignore these variables. The variables that begin with PRTE_ are for Open MPI 5.
    /// </summary>
    private static readonly (string Name, string Value)[] OpenMpiSettings =
    [
        ("OMPI_ALLOW_RUN_AS_ROOT", "1"), ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"),
        ("OMPI_MCA_rmaps_base_oversubscribe", "1"), ("OMPI_MCA_hwloc_base_binding_policy", "none"),
        ("PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe"), ("PRTE_MCA_hwloc_default_binding_policy", "none"),
    ];

    /// <summary>
    /// Prefixes of the environment variables of a Slurm, PBS, LSF or Grid Engine job, or of a launcher that started only this process. They are removed,
    /// because otherwise a launcher would ask the scheduler to start the processes on any machine of the job, and would wait for the core that this
    /// process occupies.
    /// </summary>
    private static readonly string[] SchedulerVariables = ["SLURM_", "PBS_", "LSB_", "PE_HOSTFILE", "PMI_", "PMIX_", "OMPI_COMM_WORLD_"];

    /// <exception cref="TinySoraException">NoLauncher.</exception>
    public static string Find() =>
        new[] { Environment.GetEnvironmentVariable("MSMPI_BIN"), Environment.GetEnvironmentVariable("PATH") }
            .SelectMany(path => Names.Select(name => ProgramPath.Find(name, path)))
            .FirstOrDefault(file => file is not null) ?? throw ProcessErrors.NoLauncher(Names);

    /// <summary>Starts a program in <paramref name="count"/> processes that share the cores, and redirects their output.</summary>
    /// <exception cref="TinySoraException">NoLauncher.</exception>
    public static Process Start(int count, ProcessStartInfo program)
    {
        // Ctrl+C in a terminal is meant for this process, which stops the run after a checkpoint is saved. The launcher would kill the
        // processes immediately. It does not receive the signal if it has its own session or, on Windows, no window.
        IEnumerable<string> session = ProgramPath.Find("setsid") is string setsid ? [setsid] : [];
        List<string> line = [.. session, Find(), "-n", count.ToString(CultureInfo.InvariantCulture), program.FileName, .. program.ArgumentList];
        var start = new ProcessStartInfo(line[0], line.Skip(1))
        {
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in program.Environment)
        {
            start.Environment[name] = value;
        }

        foreach (var name in start.Environment.Keys.Where(name => SchedulerVariables.Any(of => name.StartsWith(of, StringComparison.Ordinal))).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in OpenMpiSettings)
        {
            start.Environment.TryAdd(name, value);
        }

        var threads = EngineThread.HasExplicitThreadCount ? EngineThread.ThreadCount() : Math.Max(1, Environment.ProcessorCount / count);
        start.Environment[EngineThread.ThreadsVariable] = threads.ToString(CultureInfo.InvariantCulture);
        var process = ProgramPath.Start(start);
        process.StandardInput.Close();
        return process;
    }
}
