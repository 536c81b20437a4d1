using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Devices;

internal static class MemoryUse
{
    /// <summary>Bytes of memory of the machine, or the container's limit.</summary>
    public static long Total => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Bytes that the machine, or the container's limit, has left.</summary>
    public static long Free()
    {
        KernelLibrary.ReleaseMemory();
        GC.Collect(); // What follows tells how it was at the last collection.
        var info = GC.GetGCMemoryInfo();
        return Math.Max(0, info.TotalAvailableMemoryBytes - info.MemoryLoadBytes);
    }

    /// <summary>The bytes of memory that are free on a device; null: a GPU's driver does not tell.</summary>
    public static long? Free(Device device) => device.type == DeviceType.CPU ? Free() : CudaDriver.FreeBytes(Math.Max(0, device.index));

    /// <summary>
    /// Bytes of a device that <paramref name="work"/> took beyond what was taken before, at most. On a GPU libtorch keeps what is freed, so that
    /// this is what it kept: all of it in a process that has computed nothing larger there before.
    /// </summary>
    public static long? Growth(Device device, Action work)
    {
        if (device.type == DeviceType.CPU)
        {
            return Growth(work);
        }

        var before = Free(device);
        work();
        return before - Free(device);
    }

    /// <summary>Bytes by which the process was larger during <paramref name="work"/> than before, at most.</summary>
    public static long Growth(Action work)
    {
        GiveBackFreed();
        var before = Environment.WorkingSet;
        var peak = before;
        using var done = new ManualResetEventSlim();
        var watcher = new Thread(() =>
        {
            do
            {
                peak = Math.Max(peak, Environment.WorkingSet);
            }
            while (!done.Wait(TimeSpan.FromMilliseconds(2)));
        });
        watcher.Start();
        try
        {
            work();
        }
        finally
        {
            done.Set();
            watcher.Join();
        }

        return peak - before;
    }

    /// <summary>Returns freed memory to the system. The C library and that of the kernels keep it; used again, it would not be seen as growth.</summary>
    private static void GiveBackFreed()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers(); // Tensors that nobody disposed of would be freed during the work, and their pages used again.
        KernelLibrary.ReleaseMemory();
        try
        {
            _ = malloc_trim(0);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // Only GNU's C library has it.
        }
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    private static extern int malloc_trim(nuint pad);
}
