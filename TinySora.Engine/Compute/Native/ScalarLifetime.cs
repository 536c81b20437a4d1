using System.Runtime.InteropServices;
using TorchSharp;

namespace TinySora.Engine.Compute.Native;

/// <summary>
/// Keeps the native copies of numbers alive until native code has read them. Beside a tensor (<c>x * 0.5</c>) TorchSharp copies a number, and a
/// finalizer deletes the copy. Nothing in TorchSharp (0.107) keeps the object with the finalizer meanwhile: a garbage collection that another
/// thread begins at that moment ends a training with "Unknown scalar type". So a function of the kernels' library, with the same name as
/// TorchSharp's, deletes later.
/// </summary>
internal static class ScalarLifetime
{
    [ThreadStatic]
    private static bool s_isLinking;

    /// <summary>
    /// Keeps the native copies of numbers alive for longer. To be called before TorchSharp deletes its first one; without the kernels' library
    /// nothing changes.
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

        // .NET asks for each function, when it is first called, in which library it is; not by its name, so that only one may be called meanwhile.
        NativeLibrary.SetDllImportResolver(typeof(torch).Assembly, (_, _, _) => s_isLinking ? kernels : 0);
        Scalar number = 0;
        Link(number.Dispose);
        ModuleMemory.Free(kernels, torchSharp, Link);

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
