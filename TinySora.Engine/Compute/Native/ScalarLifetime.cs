using System.Runtime.InteropServices;
using TorchSharp;

namespace TinySora.Engine.Compute.Native;

/// <summary>
/// Of a number beside a tensor (<c>x * 0.5</c>) TorchSharp makes a native copy, which a finalizer deletes; and nothing in TorchSharp (0.107) keeps
/// the object that has the finalizer while the native function still reads the copy: a garbage collection that another thread begins at that
/// moment ends a training with "Unknown scalar type". So a function of the kernels' library, of the same name as TorchSharp's, deletes later.
/// </summary>
internal static class ScalarLifetime
{
    [ThreadStatic]
    private static bool s_isLinking;

    /// <summary>To be called before TorchSharp deletes its first number. Without the kernels' library all stays as TorchSharp has it.</summary>
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
        s_isLinking = true;
        number.Dispose();
        s_isLinking = false;
    }
}
