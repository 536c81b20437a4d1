using System.Runtime.InteropServices;
using TinySora.Engine.Installation;

namespace TinySora.Engine.Compute.Native;

/// <summary>The C interface of the NVIDIA driver. The library's name does not depend on the CUDA version.</summary>
internal static unsafe class CudaDriver
{
    /// <summary>
    /// Makes a GPU current on this thread and returns its UUID, which is the same in all processes; <c>null</c> if the driver or the GPU is missing.
    /// </summary>
    /// <param name="index">Index of the GPU in libtorch.</param>
    public static string? SelectDevice(int index)
    {
        var id = stackalloc byte[16];
        return MakeCurrent(index) is var driver and not 0
            && ((delegate* unmanaged<byte*, int, int>)Of(driver, "cuDeviceGetUuid"))(id, Device(driver, index)) == 0
            ? Convert.ToHexString(new ReadOnlySpan<byte>(id, 16)) : null;
    }

    /// <summary>
    /// Returns the free memory of a GPU in bytes; <c>null</c> if the driver or the GPU is missing. Memory that libtorch has freed but cached counts as
    /// used.
    /// </summary>
    /// <param name="index">Index of the GPU in libtorch.</param>
    public static long? FreeBytes(int index)
    {
        nuint free, total;
        return MakeCurrent(index) is var driver and not 0
            && ((delegate* unmanaged<nuint*, nuint*, int>)Of(driver, "cuMemGetInfo_v2"))(&free, &total) == 0
            ? (long)free : null;
    }

    /// <returns>Handle of the driver library; 0 if the driver or the GPU is missing.</returns>
    private static nint MakeCurrent(int index)
    {
        nint context;
        return NativeFile.TryLoadInstalled(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var driver)
            && ((delegate* unmanaged<uint, int>)Of(driver, "cuInit"))(0) == 0
            && Device(driver, index) is var device and >= 0
            && ((delegate* unmanaged<nint*, int, int>)Of(driver, "cuDevicePrimaryCtxRetain"))(&context, device) == 0
            && ((delegate* unmanaged<nint, int>)Of(driver, "cuCtxSetCurrent"))(context) == 0 ? driver : 0;
    }

    /// <returns>The driver's device number; -1 if the index is invalid.</returns>
    private static int Device(nint driver, int index)
    {
        int device;
        return ((delegate* unmanaged<int*, int, int>)Of(driver, "cuDeviceGet"))(&device, index) == 0 ? device : -1;
    }

    private static nint Of(nint driver, string name) => NativeLibrary.GetExport(driver, name);
}

/// <summary>Files of NVIDIA's cuDNN 9. They are loaded one by one when a layer first needs them, and TorchSharp does not report a missing file.</summary>
internal static class CudnnFiles
{
    private static readonly string[] Parts =
        ["", "_adv", "_cnn", "_engines_precompiled", "_engines_runtime_compiled", "_graph", "_heuristic", "_ops"];

    /// <summary>
    /// Returns the first missing file of an incomplete cuDNN folder; <c>null</c> if all files are present, or none (the system may provide them).
    /// </summary>
    public static string? FirstMissing(IEnumerable<string> folders)
    {
        foreach (var folder in folders.Where(Directory.Exists))
        {
            var missing = Parts.Select(part => (Linux: $"libcudnn{part}.so.9", Windows: $"cudnn{part}64_9.dll"))
                .Select(names => OperatingSystem.IsWindows() ? names.Windows : names.Linux)
                .Select(name => Path.Combine(folder, name)).Where(file => !File.Exists(file)).ToList();
            if (missing.Count > 0 && missing.Count < Parts.Length)
            {
                return missing[0];
            }
        }

        return null;
    }
}
