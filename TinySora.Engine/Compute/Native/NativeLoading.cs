using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Installation;
using TorchSharp;

namespace TinySora.Engine.Compute.Native;

/// <summary>Lets TorchSharp find the libraries that Install-TinySoraRuntime installed, in a form that this system can load.</summary>
internal static class NativeLoading
{
    private const string Library = "LibTorchSharp";

    /// <summary>
    /// Number of times that a libgomp thread (libtorch's OpenMP on Linux) polls for work before it sleeps; the default is 300,000. With
    /// the default, if another program uses a core, the threads spin for that program's whole time slice at each of thousands of barriers, which makes steps
    /// ten times slower.
    /// </summary>
    private const string SpinCount = "10000";

    private static readonly object Loading = new();
    private static nint s_loaded;

    /// <summary>Whether a patched copy of TorchSharp's library is loaded because the system's C++ library is too old for the original.</summary>
    public static bool IsPatched { get; private set; }

    /// <summary>
    /// Sets up the search for native libraries. Must be called before the first use of one: TorchSharp loads its library in a static constructor, and if
    /// that fails, .NET caches the failure for the life of the process.
    /// </summary>
    /// <exception cref="TinySoraException">FileChanged, LibTorchMissing.</exception>
    public static void Prepare()
    {
        var runtime = InstalledRuntime.Read();
        var folders = Folders(runtime);
        if (runtime is not null)
        {
            runtime.Check();

            // Called for libraries found neither next to the module nor by the system.
            AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly)!.ResolvingUnmanagedDll += (_, name) => Load(FoldersOf(runtime), name);
        }

        // OpenMP reads the variable only once, when it is loaded, from the C environment. .NET's environment is only a copy of that.
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
        {
            _ = SetVariable("GOMP_SPINCOUNT", SpinCount, overwrite: 0);
        }

        try
        {
            if (CudnnFiles.FirstMissing(folders) is string missing)
            {
                throw new DllNotFoundException($"{missing} is missing, but other parts of cuDNN are installed.");
            }

            // Loading this libtorch first gives it precedence over a system library with the same name.
            Load(folders, "torch_cpu");
            Load(folders, "torch");
            if (NativeFile.Find(folders, Library) is string file)
            {
                if (Loaded(file) == 0)
                {
                    NativeFile.Load(file); // throws with the reason
                }
            }
            else if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad(Library, typeof(torch).Assembly, null, out _))
            {
                throw new DllNotFoundException($"{Library} was found neither next to the module nor by the system.");
            }
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw AddressSpace.NotLoaded(e);
        }

        ModuleMemory.Patch();
    }

    /// <summary>
    /// Takes over the search for native libraries as soon as the assembly is loaded. TorchSharp's own search would copy all of libtorch if it could not
    /// load its library.
    /// </summary>
#pragma warning disable CA2255 // no other code runs before the first use of tensors
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void RegisterResolver()
    {
        if (OperatingSystem.IsLinux())
        {
            AssemblyLoadContext.GetLoadContext(typeof(NativeLoading).Assembly)!.ResolvingUnmanagedDll += (_, name) =>
                name == Library && NativeFile.Find(Folders(InstalledRuntime.Read()), Library) is string file ? Loaded(file) : 0;
        }
    }

    /// <summary>Loads TorchSharp's library once, patched if the system's C++ library is too old for it; returns 0 if it cannot be loaded.</summary>
    private static nint Loaded(string file)
    {
        lock (Loading)
        {
            return s_loaded != 0 ? s_loaded : s_loaded = NativeLibrary.TryLoad(file, out var library) ? library : LoadPatched(file);
        }
    }

    private static nint LoadPatched(string file)
    {
        if (LibStdCppPatch.Apply(File.ReadAllBytes(file)) is not byte[] mended)
        {
            return 0;
        }

        // Once libtorch is loaded, the system does not search for it next to the patched copy.
        Load([Path.GetDirectoryName(file)!], "torch_cpu");
        Load([Path.GetDirectoryName(file)!], "torch");
        IsPatched = true;
        return LoadFromMemory(mended);
    }

    /// <summary>
    /// Returns the folders to search for libraries: the installed runtime's, the module's, and those that .NET searches for a program's libraries.
    /// </summary>
    internal static string[] Folders(InstalledRuntime? runtime)
    {
        var program = $"{AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES")}".Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var module = InstalledRuntime.ModuleFolder;
        return [.. runtime is null ? [] : FoldersOf(runtime), module, Path.Combine(module, "runtimes", PackageTable.Platform, "native"), .. program];
    }

    private static string[] FoldersOf(InstalledRuntime runtime) =>
        runtime.LibTorchPath is { } libtorch ? [runtime.Folder, libtorch] : [runtime.Folder];

    private static nint Load(string[] folders, string library) => NativeFile.Find(folders, library) is { } file ? NativeFile.Load(file) : 0;

    /// <summary>Loads a library from an anonymous file, which needs no writable folder and disappears with the process.</summary>
    private static nint LoadFromMemory(byte[] library)
    {
        var file = MemoryFile(Library, 0);
        if (file < 0)
        {
            throw new DllNotFoundException($"{Library} cannot be patched in memory: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        using var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(file, ownsHandle: true);
        RandomAccess.Write(handle, library, 0);
        return NativeLibrary.Load($"/proc/self/fd/{file}");
    }

    [DllImport("libc", EntryPoint = "setenv")]
    private static extern int SetVariable(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);

    [DllImport("libc", EntryPoint = "memfd_create", SetLastError = true)]
    private static extern int MemoryFile([MarshalAs(UnmanagedType.LPUTF8Str)] string name, uint flags);
}

/// <summary>Limit of this process's address space, which a shell or scheduler can set (<c>ulimit -v</c>).</summary>
internal static class AddressSpace
{
    /// <summary>Parts of the system loader's messages for a library that does not fit into memory. The messages do not give the reason.</summary>
    private static readonly string[] NoRoom = ["failed to map segment", "allocate memory", "cannot map", "cannot create shared object descriptor"];

    /// <summary>Maximum number of bytes; <c>null</c> if there is no limit or the system does not report one.</summary>
    public static long? Limit => OnFailure.Return<long?>(null, () =>
    {
        var lines = OperatingSystem.IsLinux() ? File.ReadLines("/proc/self/limits") : [];
        var line = lines.FirstOrDefault(line => line.StartsWith("Max address space", StringComparison.Ordinal));
        var words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is [_, _, _, var limit, ..] && long.TryParse(limit, out var bytes) ? bytes : null;
    });

    /// <summary>Creates the error for native libraries that cannot be loaded: too little address space, or missing or corrupt files.</summary>
    public static TinySoraException NotLoaded(Exception failure) => NotLoaded(failure, Limit);

    /// <inheritdoc cref="NotLoaded(Exception)"/>
    internal static TinySoraException NotLoaded(Exception failure, long? limit)
    {
        var reason = failure.InnerException ?? failure;
        return limit is long bytes && NoRoom.Any(words => reason.Message.Contains(words, StringComparison.OrdinalIgnoreCase))
            ? RuntimeErrors.AddressSpaceLimited(bytes, reason)
            : RuntimeErrors.LibTorchMissing(failure);
    }
}

/// <summary>
/// Ensures that disposing a network module frees all of its memory. TorchSharp (0.107) also creates a boxed copy of each module, needed only for native
/// Sequential modules, and never frees the copy's shared pointer, which leaks 10 KB or more per opened model. A function in the kernel library with the
/// same name as TorchSharp's creates the module alone.
/// </summary>
internal static class ModuleMemory
{
    private const string Function = "THSNN_custom_module";

    [ThreadStatic]
    private static bool s_isLinking;

    /// <summary>
    /// Replaces TorchSharp's function. Must be called before TorchSharp creates its first module. Does nothing if the kernel library is not loaded, or one of
    /// the functions is missing.
    /// </summary>
    public static unsafe void Patch()
    {
        var create = typeof(torch).Assembly.GetType("TorchSharp.PInvoke.NativeMethods")?
            .GetMethod(Function, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic);
        if (create is null || KernelLibrary.File() is not { } file || !NativeLibrary.TryLoad(file, out var kernels)
            || !NativeLibrary.TryGetExport(kernels, "ts_create_modules_by", out var createBy)
            || !NativeLibrary.TryLoad("LibTorchSharp", typeof(torch).Assembly, null, out var torchSharp))
        {
            return;
        }

        ((delegate* unmanaged<nint, void>)createBy)(NativeLibrary.GetExport(torchSharp, Function));

        // .NET resolves the library of each function at its first call and does not pass on the function's name, so only this one may be called here.
        NativeLibrary.SetDllImportResolver(typeof(torch).Assembly, (_, _, _) => s_isLinking ? kernels : 0);
        s_isLinking = true;
        try
        {
            var module = (nint)create.Invoke(null, ["", null, (nint)0])!;
            ((delegate* unmanaged<nint, void>)NativeLibrary.GetExport(torchSharp, "THSNN_Module_dispose"))(module);
        }
        finally
        {
            s_isLinking = false;
        }
    }
}
