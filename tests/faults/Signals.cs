using System.Diagnostics;
using System.Runtime.InteropServices;

namespace TinySora.Faults;

/// <summary>What Linux does to a process from outside.</summary>
internal static class Signals
{
    public const int HangUp = 1, Kill = 9, Terminate = 15, Continue = 18, Stop = 19;

    private const int AddressSpace = 9;

    private const int MostCores = 1024; // that the C library's sets of cores have room for

    /// <summary>Sends a signal to a process and to all that it has started; those that have ended meanwhile get none.</summary>
    public static void Send(Process process, int signal)
    {
        Family(process.Id).ToList().ForEach(one => Send(one, signal));
    }

    public static void Send(int process, int signal) => _ = SendTo(process, signal);

    /// <summary>From now on a process gets no more than so many bytes of address space beyond what it has.</summary>
    public static void LimitMemory(Process process, long more)
    {
        ulong size;
        try
        {
            process.Refresh();
            size = (ulong)(process.VirtualMemorySize64 + more);
        }
        catch (InvalidOperationException)
        {
            return; // it has ended
        }

        _ = SetLimit(process.Id, AddressSpace, [size, size], 0);
    }

    /// <summary>From now on a process and all that it has started share one core, which is one of this program's.</summary>
    public static void LeaveOneCore(Process process)
    {
        var cores = new ulong[MostCores / 64];
        var length = cores.Length * sizeof(ulong);
        _ = GetCores(0, length, cores);
        var word = Array.FindIndex(cores, bits => bits != 0);
        var one = new ulong[cores.Length];
        one[word] = cores[word] & (~cores[word] + 1);
        foreach (var thread in Family(process.Id).ToList().SelectMany(Threads))
        {
            _ = SetCores(int.Parse(Path.GetFileName(thread)), length, one);
        }
    }

    /// <summary>A process and those that it has started, on any of its threads, and so on.</summary>
    public static IEnumerable<int> Family(int process) => Threads(process).SelectMany(thread => OfLiving(() =>
            File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        .Select(int.Parse).SelectMany(Family).Prepend(process);

    /// <summary>The folder of each thread.</summary>
    private static string[] Threads(int process) => OfLiving(() => Directory.GetDirectories($"/proc/{process}/task"));

    /// <summary>What the system tells of a process; nothing once that has ended.</summary>
    private static string[] OfLiving(Func<string[]> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendTo(int process, int signal);

    [DllImport("libc", EntryPoint = "prlimit")]
    private static extern int SetLimit(int process, int resource, ulong[] limit, nint before);

    [DllImport("libc", EntryPoint = "sched_getaffinity")]
    private static extern int GetCores(int thread, nint bytes, [Out] ulong[] cores);

    [DllImport("libc", EntryPoint = "sched_setaffinity")]
    private static extern int SetCores(int thread, nint bytes, ulong[] cores);
}
