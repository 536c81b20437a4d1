using System.Diagnostics;
using System.Runtime.InteropServices;
using TinySora.PowerShell.Tests.Cmdlets;

namespace TinySora.PowerShell.Tests;

/// <summary>PowerShell in several processes, as started by an MPI launcher.</summary>
internal static class MpiProgram
{
    public const string OpenMpi = "openmpi";
    public const string Mpich = "mpich";

    /// <summary>The rank, in shell syntax.</summary>
    private const string Rank = "${PMI_RANK:-$OMPI_COMM_WORLD_RANK}";

    private const int StopSignal = 19;
    private const int ContinueSignal = 18;

    /// <param name="limit">Seconds that a process may be silent.</param>
    /// <param name="others">Commands of additional processes, one each.</param>
    public static Process Start(string folder, string mpi, int count, double limit, string command, params string[] others)
    {
        Needs.Mpi(mpi);

        // Selects commands by rank instead of colons, which crash the launcher of Open MPI 5.0.7 in Debian 13 with any program.
        var script = FormattableString.Invariant($"shift $(({Rank})); exec env TINYSORA_PROCESS_LIMIT={limit} {Pwsh.ShellLine} \"$1\"");
        IEnumerable<string> commands = [.. Enumerable.Repeat(command, count), .. others];
        return Pwsh.Start(
            Needs.Find($"mpiexec.{mpi}")!, [.. Needs.MpiOptions(mpi), "-n", $"{commands.Count()}", "sh", "-c", script, "sh", .. commands],
            folder, Workspace.ModuleFolder);
    }

    /// <summary>Runs an action while the launcher of an MPI library is the first on the PATH.</summary>
    public static T First<T>(Workspace workspace, string mpi, Func<T> work)
    {
        Needs.Mpi(mpi);
        var launcher = workspace.Write(Path.Combine(mpi, "mpiexec"), $"#!/bin/sh\nexec {Needs.Find($"mpiexec.{mpi}")} \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(launcher, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var path = Environment.GetEnvironmentVariable("PATH");
        Environment.SetEnvironmentVariable("PATH", $"{Path.GetDirectoryName(launcher)}{Path.PathSeparator}{path}");
        try
        {
            return work();
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }
    }

    /// <summary>Finds the process of a rank that writes to a results folder.</summary>
    public static Process OfRank(int rank, string results) => OfResults(results).Single(process => HasRank(process, rank));

    /// <summary>Finds the process of a rank that -Processes has started in a folder.</summary>
    public static Process LaunchedOfRank(int rank, string folder) => Process.GetProcesses().Single(process => HasRank(process, rank)
        && new DirectoryInfo($"/proc/{process.Id}/cwd").LinkTarget == folder
        && Words(process, "environ").Any(word => word.StartsWith("TINYSORA_LAUNCHED=", StringComparison.Ordinal)));

    /// <summary>Finds all processes, including the launcher's, whose command lines contain a results folder.</summary>
    public static IReadOnlyList<Process> OfResults(string results) => [.. Process.GetProcesses()
        .Where(process => Words(process, "cmdline").Any(word => word.EndsWith($"-ResultsPath {results}", StringComparison.Ordinal)))];

    /// <summary>Sends SIGSTOP: the process is suspended, and its connections stay open.</summary>
    public static void Stop(Process process) => _ = Signal(process.Id, StopSignal);

    /// <summary>Sends SIGCONT.</summary>
    public static void Continue(Process process) => _ = Signal(process.Id, ContinueSignal);

    private static bool HasRank(Process process, int rank) =>
        Words(process, "environ").Any(word => word == $"PMI_RANK={rank}" || word == $"OMPI_COMM_WORLD_RANK={rank}");

    private static string[] Words(Process process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.Id}/{file}").Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int process, int signal);
}
