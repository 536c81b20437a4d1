using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Native;

namespace TinySora.Soak;

/// <summary>What a process holds at a moment at which nothing is at work in it.</summary>
/// <param name="Steps">Training steps that it has taken so far.</param>
/// <param name="Clips">Clips that it has generated so far.</param>
/// <param name="Managed">Bytes of live objects of .NET.</param>
/// <param name="Resident">Bytes of memory in all, native ones among them.</param>
/// <param name="Native">Bytes that libraries have taken and not given back, tensors among them; 0: this system does not tell.</param>
/// <param name="Handles">Open files, sockets and the like; 0: this system does not tell.</param>
/// <param name="Maps">Stretches of its address space, a mapped file being one or more; 0: this system does not tell.</param>
/// <param name="Files">Files that its work has left.</param>
internal sealed record Sample(long Steps, long Clips, long Managed, long Resident, long Native, long Handles, long Maps, long Threads, long Files)
{
    private const string Process = "/proc/self";

    /// <summary>What has to stay flat, and by how much it may seem to grow.</summary>
    public static IReadOnlyList<(string Name, Func<Sample, long> Of, long Allowance)> Parts { get; } =
    [
        ("managed", sample => sample.Managed, 4 << 20),
        ("resident", sample => sample.Resident, 64 << 20),
        ("native", sample => sample.Native, 8 << 20),
        ("handles", sample => sample.Handles, 0),
        ("maps", sample => sample.Maps, 64), // of which the allocator has some
        ("threads", sample => sample.Threads, 4), // of which the pool has some
        ("files", sample => sample.Files, 0),
    ];

    /// <summary>Measures this process, after all that can be collected is.</summary>
    /// <param name="folder">Of its work.</param>
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

    /// <summary>Assemblies are not counted: the runtime opens them when they are first used.</summary>
    private static int Entries(string of) => !OperatingSystem.IsLinux() ? 0 : new DirectoryInfo(Path.Combine(Process, of)).GetFileSystemInfos()
        .Count(entry => entry.LinkTarget?.EndsWith(".dll", StringComparison.Ordinal) != true);

    private static long Allocated()
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        var info = MallocInfo();
        return (long)(info.InUse + info.InMaps) + KernelLibrary.Found.TensorBytes();
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
