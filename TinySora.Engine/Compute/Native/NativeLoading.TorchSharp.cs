using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TinySora.Engine.Errors;
using TinySora.Engine.Installation;
using TorchSharp;

namespace TinySora.Engine.Compute;

internal static partial class NativeLoading
{
    private const string Library = "LibTorchSharp";

    /// <remarks>TorchSharp loads its library in a static constructor, and .NET keeps the failure of one for the life of the process.</remarks>
    static partial void Require()
    {
        if (!NativeLibrary.TryLoad(Library, typeof(torch).Assembly, null, out _))
        {
            throw RuntimeErrors.LibTorchMissing(
                TorchBuild.Flavor, new DllNotFoundException($"{Library} was found neither beside the module nor by the system."));
        }
    }

    static partial void Mend(IReadOnlyList<string> installed)
    {
        // Where .NET looks for the libraries of a program and of an assembly.
        var program = $"{AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES")}".Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var module = InstalledRuntime.ModuleFolder;
        string[] folders = [.. installed, module, Path.Combine(module, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"), .. program];
        if (!OperatingSystem.IsLinux() || NativeFile.Find(folders, Library) is not string file || NativeLibrary.TryLoad(file, out _)
            || OlderLibStdCpp.Mend(File.ReadAllBytes(file)) is not byte[] mended)
        {
            return;
        }

        // Loaded already, libtorch is not looked for beside the copy.
        Load([Path.GetDirectoryName(file)!], "torch_cpu");
        Load([Path.GetDirectoryName(file)!], "torch");
        var library = LoadFromMemory(mended);
        AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly)!.ResolvingUnmanagedDll += (_, name) => name == Library ? library : 0;
    }

    /// <summary>A file that has no name needs no folder that can be written, and is gone with the process.</summary>
    private static nint LoadFromMemory(byte[] library)
    {
        var file = MemoryFile(Library, 0);
        if (file < 0)
        {
            throw new DllNotFoundException($"{Library} cannot be mended in memory: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        using var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(file, ownsHandle: true);
        RandomAccess.Write(handle, library, 0);
        return NativeLibrary.Load($"/proc/self/fd/{file}");
    }

    [DllImport("libc", EntryPoint = "memfd_create", SetLastError = true)]
    private static extern int MemoryFile([MarshalAs(UnmanagedType.LPUTF8Str)] string name, uint flags);
}
