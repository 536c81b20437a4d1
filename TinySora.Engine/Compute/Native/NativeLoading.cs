using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TinySora.Engine.Errors;
using TinySora.Engine.Installation;
using TorchSharp;

namespace TinySora.Engine.Compute.Native;

/// <summary>Lets TorchSharp find what Install-TinySoraRuntime installed or was pointed to, in a form that this system can load.</summary>
internal static class NativeLoading
{
    private const string Library = "LibTorchSharp";

    /// <summary>
    /// How often a thread of libtorch's OpenMP on Linux, GCC's, looks for work before it sleeps; by itself 300,000 times. Where another program
    /// wants a core, threads look in vain for the whole turn of one that has to wait, at each of thousands of barriers: steps took ten times as long.
    /// </summary>
    private const string SpinCount = "10000";

    private static readonly object Loading = new();
    private static nint s_loaded;

    /// <summary>Whether the system's C++ library is older than the one that TorchSharp's library was made for, and a mended copy of that is loaded.</summary>
    public static bool IsMended { get; private set; }

    /// <summary>
    /// Sets up how native libraries are found. To be called before anything asks for one: TorchSharp loads its own in a static constructor,
    /// whose failure .NET keeps for the life of the process.
    /// </summary>
    /// <exception cref="TinySoraException">FileChanged, LibTorchMissing.</exception>
    public static void Prepare()
    {
        var runtime = InstalledRuntime.Read();
        var folders = Folders(runtime);
        if (runtime is not null)
        {
            runtime.Check();

            // What was found neither beside the module nor by the system is asked for here.
            AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly)!.ResolvingUnmanagedDll += (_, name) => Load(FoldersOf(runtime), name);
        }

        // OpenMP reads it once, when it is loaded, and from C's environment, of which .NET has a copy.
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
        {
            _ = SetVariable("GOMP_SPINCOUNT", SpinCount, overwrite: 0);
        }

        try
        {
            if (CudnnFiles.FirstMissing(folders) is string missing)
            {
                throw new DllNotFoundException($"{missing} is missing, a part of cuDNN, of which other parts are there.");
            }

            // libtorch comes first: loaded already, it goes before one that the system would find under the same name.
            Load(folders, "torch_cpu");
            Load(folders, "torch");
            if (NativeFile.Find(folders, Library) is string file)
            {
                if (Loaded(file) == 0)
                {
                    NativeFile.Load(file); // which says what is wrong with it
                }
            }
            else if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad(Library, typeof(torch).Assembly, null, out _))
            {
                throw new DllNotFoundException($"{Library} was found neither beside the module nor by the system.");
            }
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw AddressSpace.NotLoaded(e);
        }

        ScalarLifetime.Prolong();
    }

    /// <summary>
    /// Takes over the search for native libraries as soon as the assembly is loaded, because TorchSharp also searches by itself and copies all
    /// of libtorch where it cannot load its library.
    /// </summary>
#pragma warning disable CA2255 // nothing else comes before any use of tensors
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Watch()
    {
        if (OperatingSystem.IsLinux())
        {
            AssemblyLoadContext.GetLoadContext(typeof(NativeLoading).Assembly)!.ResolvingUnmanagedDll += (_, name) =>
                name == Library && NativeFile.Find(Folders(InstalledRuntime.Read()), Library) is string file ? Loaded(file) : 0;
        }
    }

    /// <summary>TorchSharp's library, mended where the system's C++ library is too old for it; 0: something else is wrong. Loaded once.</summary>
    private static nint Loaded(string file)
    {
        lock (Loading)
        {
            return s_loaded != 0 ? s_loaded : s_loaded = NativeLibrary.TryLoad(file, out var library) ? library : Mended(file);
        }
    }

    private static nint Mended(string file)
    {
        if (OlderLibStdCpp.Mend(File.ReadAllBytes(file)) is not byte[] mended)
        {
            return 0;
        }

        // Loaded already, libtorch is not looked for beside the copy.
        Load([Path.GetDirectoryName(file)!], "torch_cpu");
        Load([Path.GetDirectoryName(file)!], "torch");
        IsMended = true;
        return LoadFromMemory(mended);
    }

    /// <summary>
    /// The folders that libraries are looked for in: what was installed, the module's, and where .NET looks for a program's libraries.
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

    /// <summary>Writes a library to a file without a name, which needs no writable folder and is gone with the process.</summary>
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

    [DllImport("libc", EntryPoint = "setenv")]
    private static extern int SetVariable(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);

    [DllImport("libc", EntryPoint = "memfd_create", SetLastError = true)]
    private static extern int MemoryFile([MarshalAs(UnmanagedType.LPUTF8Str)] string name, uint flags);
}

/// <summary>The addresses that this process may use, which a shell or scheduler can limit (<c>ulimit -v</c>).</summary>
internal static class AddressSpace
{
    /// <summary>What the system's loader says of a library for which it gets no memory; it does not say why.</summary>
    private static readonly string[] NoRoom = ["failed to map segment", "allocate memory", "cannot map", "cannot create shared object descriptor"];

    /// <summary>Maximum number of bytes; <c>null</c> if there is no limit, and where the system does not tell.</summary>
    public static long? Limit
    {
        get
        {
            try
            {
                var lines = OperatingSystem.IsLinux() ? File.ReadLines("/proc/self/limits") : [];
                var line = lines.FirstOrDefault(line => line.StartsWith("Max address space", StringComparison.Ordinal));
                var words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return words is [_, _, _, var limit, ..] && long.TryParse(limit, out var bytes) ? bytes : null;
            }
            catch (Exception e) when (FileFailure.Is(e))
            {
                return null;
            }
        }
    }

    /// <summary>The error of native libraries that cannot be loaded: there is no room for them, or they are missing or damaged.</summary>
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
