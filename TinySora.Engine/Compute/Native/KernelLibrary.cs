using System.Runtime.InteropServices;
using TinySora.Engine.Installation;
using TorchSharp;

namespace TinySora.Engine.Compute;

/// <summary>The library of fused kernels. It works on libtorch's own objects, so it is used only with the version it was compiled against.</summary>
/// <param name="Problem">Why there is none, for a user to read; null: it is loaded.</param>
internal sealed record KernelLibrary(nint Handle, string? Problem)
{
    public const string Name = "tinysora_kernels";

    private static readonly Lazy<KernelLibrary> Loaded = new(Load);

    /// <summary>Beside the module, or where Install-TinySoraRuntime put it; looked for once.</summary>
    public static KernelLibrary Found => Loaded.Value;

    /// <summary>A file of that name. libtorch must be loaded, for the library takes the one that is there.</summary>
    internal static KernelLibrary Open(string file)
    {
        nint library;
        try
        {
            library = NativeLibrary.Load(file);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return new KernelLibrary(0, $"{file} does not go with this libtorch: {e.Message.ReplaceLineEndings(" ")}");
        }

        var (wanted, there) = (Ask(library, "ts_libtorch_wanted"), Ask(library, "ts_libtorch_loaded"));
        return wanted == there
            ? new KernelLibrary(library, null)
            : new KernelLibrary(0, $"{file} was compiled against libtorch {wanted}, and {there} is loaded");
    }

    private static KernelLibrary Load()
    {
        _ = torch.get_num_threads(); // loads libtorch, if nothing did yet
        string?[] folders = [InstalledRuntime.ModuleFolder, InstalledRuntime.Read()?.Folder];
        if (NativeFile.Find(folders.OfType<string>(), Name) is not { } file)
        {
            return new KernelLibrary(0, "this build of TinySora came without them");
        }

        var opened = Open(file);
        if (opened.Problem is null)
        {
            NativeLibrary.SetDllImportResolver(typeof(Fused).Assembly, (name, _, _) => name == Name ? opened.Handle : 0);
            Fused.KeepMemory();
        }

        return opened;
    }

    private static unsafe string? Ask(nint library, string function) =>
        Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)NativeLibrary.GetExport(library, function))());
}
