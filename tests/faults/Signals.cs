using System.Diagnostics;
using System.Runtime.InteropServices;

namespace TinySora.Faults;

/// <summary>What Linux does to a process from outside.</summary>
internal static class Signals
{
    public const int HangUp = 1, Kill = 9, Terminate = 15, Continue = 18, Stop = 19;

    private const int AddressSpace = 9;

    /// <summary>Sends a signal to a process and to all that it has started; those that have ended meanwhile get none.</summary>
    public static void Send(Process process, int signal)
    {
        foreach (var one in Family(process.Id).ToList())
        {
            _ = SendTo(one, signal);
        }
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

    /// <summary>A process and those that it has started, and so on.</summary>
    public static IEnumerable<int> Family(int process)
    {
        yield return process;
        foreach (var child in Children(process).SelectMany(Family))
        {
            yield return child;
        }
    }

    /// <summary>A process may have started others on any of its threads.</summary>
    private static List<int> Children(int process)
    {
        try
        {
            return [.. Directory.GetDirectories($"/proc/{process}/task").SelectMany(task => File.ReadAllText(Path.Combine(task, "children"))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(int.Parse)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // it has ended
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendTo(int process, int signal);

    [DllImport("libc", EntryPoint = "prlimit")]
    private static extern int SetLimit(int process, int resource, ulong[] limit, nint before);
}
