using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Devices;

internal static class MemoryUse
{
    /// <summary>Total memory of the machine in bytes, or the container's memory limit if it has one.</summary>
    public static long Total => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Returns the free memory of the machine in bytes, or the free memory within the container's limit if it has one.</summary>
    public static long GetFreeBytes()
    {
        KernelLibrary.ReleaseMemory();
        GC.Collect(); // The memory info below is a snapshot from the last collection.
        var info = GC.GetGCMemoryInfo();
        return Math.Max(0, info.TotalAvailableMemoryBytes - info.MemoryLoadBytes);
    }

    /// <summary>Returns the free memory of a device in bytes; <c>null</c> if the GPU driver does not report it.</summary>
    public static long? GetFreeBytes(Device device) => device.type == DeviceType.CPU ? GetFreeBytes() : CudaDriver.FreeBytes(Math.Max(0, device.index));

    /// <summary>
    /// Runs <paramref name="work"/>, and returns the peak additional memory in bytes that it used on a device; <c>null</c> if the GPU driver does not report
    /// free memory. On a GPU, libtorch caches freed memory, so the result is the growth of that cache. This value is exact only if the process has not computed
    /// anything larger on that GPU before.
    /// </summary>
    public static long? MeasureGrowth(Device device, Action work)
    {
        if (device.type == DeviceType.CPU)
        {
            return MeasureGrowth(work);
        }

        var before = GetFreeBytes(device);
        work();
        return before - GetFreeBytes(device);
    }

    /// <summary>Runs <paramref name="work"/>, and returns the peak growth of this process's memory in bytes.</summary>
    public static long MeasureGrowth(Action work)
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

    /// <summary>
    /// Returns freed memory to the system. The C library and the kernel library would otherwise keep it, and reusing it would not count as growth.
    /// </summary>
    private static void GiveBackFreed()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers(); // Otherwise, tensors that were not disposed would be freed during the work, and their pages reused.
        KernelLibrary.ReleaseMemory();
        try
        {
            _ = malloc_trim(0);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // Only the GNU C library has this function.
        }
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    private static extern int malloc_trim(nuint pad);
}
