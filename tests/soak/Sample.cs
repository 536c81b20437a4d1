using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Native;

namespace TinySora.Soak;

/// <summary>Resources of a process while it is idle.</summary>
/// <param name="Steps">Number of training steps so far.</param>
/// <param name="Clips">Number of generated clips so far.</param>
/// <param name="Managed">Bytes of live .NET objects.</param>
/// <param name="Resident">Bytes of memory, including native memory.</param>
/// <param name="Native">Bytes that libraries have allocated, including tensors; 0 if unknown.</param>
/// <param name="Handles">Number of open files, sockets and other handles; 0 if unknown.</param>
/// <param name="Maps">Number of memory mappings; 0 if unknown.</param>
/// <param name="Files">Number of files left by the work.</param>
internal sealed record Sample(long Steps, long Clips, long Managed, long Resident, long Native, long Handles, long Maps, long Threads, long Files)
{
    private const string Process = "/proc/self";

    /// <summary>Resources that must not grow, with the tolerance.</summary>
    public static IReadOnlyList<(string Name, Func<Sample, long> Of, long Allowance)> Parts { get; } =
    [
        ("managed", sample => sample.Managed, 4 << 20),
        ("resident", sample => sample.Resident, 64 << 20),
        ("native", sample => sample.Native, 8 << 20),
        ("handles", sample => sample.Handles, 0),
        ("maps", sample => sample.Maps, 64), // the allocator uses some
        ("threads", sample => sample.Threads, 4), // the thread pool uses some
        ("files", sample => sample.Files, 0),
    ];

    /// <summary>Measures this process after a garbage collection.</summary>
    /// <param name="folder">Folder of the work.</param>
    public static Sample Take(string folder, long steps, long clips)
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return new Sample(
            steps, clips, GC.GetTotalMemory(forceFullCollection: true), Environment.WorkingSet, Allocated(),
            Entries("fd"), OperatingSystem.IsLinux() ? File.ReadLines(Path.Combine(Process, "maps")).Count() : 0, Entries("task"),
            Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Count());
    }

    /// <summary>Counts entries in /proc except for assemblies, which the runtime opens on first use.</summary>
    private static int Entries(string of) => !OperatingSystem.IsLinux() ? 0 : new DirectoryInfo(Path.Combine(Process, of)).GetFileSystemInfos()
        .Count(entry => entry.LinkTarget?.EndsWith(".dll", StringComparison.Ordinal) != true);

    private static long Allocated()
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        var info = MallocInfo();
        return (long)(info.InUse + info.InMaps) + KernelLibrary.Instance.TensorBytes();
    }

    [DllImport("libc", EntryPoint = "mallinfo2")]
    private static extern Malloc MallocInfo();

    /// <summary>struct mallinfo2 of the GNU C library.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Malloc
    {
        public nuint Arena, FreeBlocks, FastBlocks, Maps, InMaps, Unused, InFastBlocks, InUse, Free, Trimmable;
    }
}
