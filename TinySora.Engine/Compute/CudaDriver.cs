using System.Runtime.InteropServices;

namespace TinySora.Engine.Compute;

/// <summary>NVIDIA's driver by its C interface: it is there, under one name, wherever CUDA computes.</summary>
internal static unsafe class CudaDriver
{
    /// <summary>
    /// Makes a GPU the one that libraries take on this thread, and tells what it is called whatever processes count; null: there is no driver, or
    /// no such GPU.
    /// </summary>
    /// <param name="index">As libtorch counts.</param>
    public static string? Use(int index)
    {
        if (!NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var driver))
        {
            return null;
        }

        nint Of(string name) => NativeLibrary.GetExport(driver, name);
        int device;
        nint context;
        var id = stackalloc byte[16];
        var found = ((delegate* unmanaged<uint, int>)Of("cuInit"))(0) == 0
            && ((delegate* unmanaged<int*, int, int>)Of("cuDeviceGet"))(&device, index) == 0
            && ((delegate* unmanaged<byte*, int, int>)Of("cuDeviceGetUuid"))(id, device) == 0
            && ((delegate* unmanaged<nint*, int, int>)Of("cuDevicePrimaryCtxRetain"))(&context, device) == 0
            && ((delegate* unmanaged<nint, int>)Of("cuCtxSetCurrent"))(context) == 0;
        return found ? Convert.ToHexString(new ReadOnlySpan<byte>(id, 16)) : null;
    }
}
