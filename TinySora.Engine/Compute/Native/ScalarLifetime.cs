using System.Runtime.InteropServices;
using TorchSharp;

namespace TinySora.Engine.Compute.Native;

/// <summary>
/// Keeps the native copies of numbers alive until native code has read them. For an operation with a number (<c>x * 0.5</c>), TorchSharp makes a copy that
/// a finalizer deletes, but nothing in TorchSharp (0.107) keeps the object with the finalizer alive. A garbage collection on another thread at that moment
/// ends the run with "Unknown scalar type". A function in the kernel library with the same name as TorchSharp's deletes the copies later.
/// </summary>
internal static class ScalarLifetime
{
    [ThreadStatic]
    private static bool s_isLinking;

    /// <summary>
    /// Delays the deletion of native copies of numbers. Must be called before TorchSharp deletes its first one. Does nothing if the kernel library is not
    /// loaded.
    /// </summary>
    public static unsafe void Prolong()
    {
        if (KernelLibrary.File() is not { } file || !NativeLibrary.TryLoad(file, out var kernels)
            || !NativeLibrary.TryGetExport(kernels, "ts_dispose_scalars_by", out var disposeBy)
            || !NativeLibrary.TryLoad("LibTorchSharp", typeof(torch).Assembly, null, out var torchSharp))
        {
            return;
        }

        ((delegate* unmanaged<nint, void>)disposeBy)(NativeLibrary.GetExport(torchSharp, "THSTorch_dispose_scalar"));

        // .NET resolves the library of each function at its first call and does not pass on the function's name, so only one may be called here.
        NativeLibrary.SetDllImportResolver(typeof(torch).Assembly, (_, _, _) => s_isLinking ? kernels : 0);
        Scalar number = 0;
        Link(number.Dispose);
        ModuleMemory.Patch(kernels, torchSharp, Link);

        static void Link(Action call)
        {
            s_isLinking = true;
            try
            {
                call();
            }
            finally
            {
                s_isLinking = false;
            }
        }
    }
}
