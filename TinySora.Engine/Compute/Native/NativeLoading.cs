using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TinySora.Engine.Errors;
using TinySora.Engine.Installation;
using TorchSharp;

namespace TinySora.Engine.Compute;

/// <summary>Lets TorchSharp find what Install-TinySoraRuntime installed or was pointed to, in a form that this system can load.</summary>
internal static class NativeLoading
{
    private const string Library = "LibTorchSharp";

    private static readonly Lazy<nint> Mended = new(Mend);

    /// <summary>To be called before anything asks for a native library.</summary>
    /// <exception cref="TinySoraException">FileChanged, LibTorchMissing.</exception>
    public static void Prepare()
    {
        if (InstalledRuntime.Read() is not { } runtime)
        {
            // TorchSharp loads its library in a static constructor, and .NET keeps the failure of one for the life of the process.
            if (PackageTable.Read(InstalledRuntime.ModuleFolder) is not null && !NativeLibrary.TryLoad(Library, typeof(torch).Assembly, null, out _))
            {
                throw RuntimeErrors.LibTorchMissing(
                    new DllNotFoundException($"{Library} was found neither beside the module nor by the system."));
            }

            return;
        }

        runtime.Check();
        string[] folders = [.. FoldersOf(runtime)];

        // What was found neither beside the module nor by the system is asked for here.
        AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly)!.ResolvingUnmanagedDll += (_, name) => Load(folders, name);

        // libtorch comes first: loaded already, it goes before one that the system would find under the same name.
        try
        {
            Load(folders, "torch_cpu");
            Load(folders, "torch");
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw RuntimeErrors.LibTorchMissing(e);
        }
    }

    /// <summary>
    /// From the first moment on, because TorchSharp, which also looks for its library by itself, copies all of libtorch where it cannot load it.
    /// </summary>
#pragma warning disable CA2255 // nothing else comes before any use of tensors
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Watch()
    {
        if (OperatingSystem.IsLinux())
        {
            AssemblyLoadContext.GetLoadContext(typeof(NativeLoading).Assembly)!.ResolvingUnmanagedDll += (_, name) => name == Library ? Mended.Value : 0;
        }
    }

    /// <summary>TorchSharp's library where the system's C++ library is too old for it; 0: it was not found, or something else is wrong.</summary>
    private static nint Mend()
    {
        // Where .NET looks for the libraries of a program and of an assembly.
        var program = $"{AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES")}".Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var module = InstalledRuntime.ModuleFolder;
        string[] folders =
            [.. InstalledRuntime.Read() is { } runtime ? FoldersOf(runtime) : [], module, Path.Combine(module, "runtimes", PackageTable.Platform, "native"), .. program];
        if (NativeFile.Find(folders, Library) is not string file || NativeLibrary.TryLoad(file, out _)
            || OlderLibStdCpp.Mend(File.ReadAllBytes(file)) is not byte[] mended)
        {
            return 0;
        }

        // Loaded already, libtorch is not looked for beside the copy.
        Load([Path.GetDirectoryName(file)!], "torch_cpu");
        Load([Path.GetDirectoryName(file)!], "torch");
        return LoadFromMemory(mended);
    }

    private static string[] FoldersOf(InstalledRuntime runtime) =>
        runtime.LibTorchPath is { } libtorch ? [runtime.Folder, libtorch] : [runtime.Folder];

    private static nint Load(string[] folders, string library) => NativeFile.Find(folders, library) is { } file ? NativeLibrary.Load(file) : 0;

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
