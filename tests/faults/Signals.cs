using System.Diagnostics;
using System.Runtime.InteropServices;

namespace TinySora.Faults;

/// <summary>Linux calls that affect another process.</summary>
internal static class Signals
{
    public const int HangUp = 1, Kill = 9, Terminate = 15, Continue = 18, Stop = 19;

    private const int AddressSpace = 9;

    private const int MaxCores = 1024; // capacity of the C library's cpu_set_t

    /// <summary>Sends a signal to a process and all its descendants that are still running.</summary>
    public static void Send(Process process, int signal)
    {
        Family(process.Id).ToList().ForEach(one => Send(one, signal));
    }

    public static void Send(int process, int signal) => _ = SendTo(process, signal);

    /// <summary>Limits a process's address space to its current size plus a number of bytes.</summary>
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

    /// <summary>Restricts a process and all its descendants to one of this program's cores.</summary>
    public static void LeaveOneCore(Process process)
    {
        var cores = new ulong[MaxCores / 64];
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

    /// <summary>Returns a process and all its descendants.</summary>
    public static IEnumerable<int> Family(int process) => Threads(process).SelectMany(thread => OfLiving(() =>
            File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        .Select(int.Parse).SelectMany(Family).Prepend(process);

    /// <summary>Returns the folder of each thread in /proc.</summary>
    private static string[] Threads(int process) => OfLiving(() => Directory.GetDirectories($"/proc/{process}/task"));

    /// <summary>Reads from /proc; returns nothing if the process has ended.</summary>
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
