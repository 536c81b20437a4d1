using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace TinySora.Engine.Compute.Native;

/// <summary>
/// Frees all memory of a network module with the module. TorchSharp (0.107) creates a module together with a boxed copy for native Sequential
/// modules, which nothing uses any more, and never frees the shared pointer that it makes for the copy: each opened model kept 10 KB and more for
/// the life of the process. A function of the kernels' library, with the same name as TorchSharp's, creates the module alone.
/// </summary>
internal static class ModuleMemory
{
    private const string Function = "THSNN_custom_module";

    /// <summary>Replaces the function. To be called before TorchSharp creates its first module; nothing changes if a part is missing.</summary>
    /// <param name="link">Calls an action so that the first call of one function of TorchSharp's goes to the kernels' library.</param>
    public static unsafe void Free(nint kernels, nint torchSharp, Action<Action> link)
    {
        var create = typeof(torch).Assembly.GetType("TorchSharp.PInvoke.NativeMethods")?
            .GetMethod(Function, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic);
        if (create is null || !NativeLibrary.TryGetExport(kernels, "ts_create_modules_by", out var createBy))
        {
            return;
        }

        ((delegate* unmanaged<nint, void>)createBy)(NativeLibrary.GetExport(torchSharp, Function));
        link(() =>
        {
            var module = (nint)create.Invoke(null, ["", null, (nint)0])!;
            ((delegate* unmanaged<nint, void>)NativeLibrary.GetExport(torchSharp, "THSNN_Module_dispose"))(module);
        });
    }
}
