using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace TinySora.Loader;

/// <summary>
/// Isolates a module's assemblies from those of PowerShell, the host and other modules, so that each can use its own version
/// of a library. Only assemblies in the module folder are loaded here; assemblies of PowerShell and .NET remain shared.
/// </summary>
public sealed class ModuleLoadContext : AssemblyLoadContext
{
    private const string CmdletAssembly = "TinySora.PowerShell";

    // One context per version and process, so that all runspaces share one engine thread and one copy of libtorch. One context per folder would not work,
    // because PowerShell caches cmdlets by the name and version of their assembly.
    private static readonly ConcurrentDictionary<string, Lazy<Assembly>> Loaded = new(StringComparer.Ordinal);

    private readonly string folder;

    private ModuleLoadContext(string folder)
        : base($"TinySora ({folder})") => this.folder = folder;

    /// <summary>
    /// Returns the assembly with the cmdlets in a module folder. It is loaded on the first call, and shared by all module folders with the same version.
    /// </summary>
    public static Assembly LoadCmdlets(string moduleFolder)
    {
        ArgumentException.ThrowIfNullOrEmpty(moduleFolder);
        var folder = Path.GetFullPath(moduleFolder);
        return Loaded.GetOrAdd(
            AssemblyName.GetAssemblyName(Path.Combine(folder, CmdletAssembly + ".dll")).FullName,
            _ => new(() => new ModuleLoadContext(folder).LoadFromAssemblyName(new AssemblyName(CmdletAssembly)))).Value;
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        ArgumentNullException.ThrowIfNull(assemblyName);
        var file = Path.Combine(folder, assemblyName.Name + ".dll");
        return File.Exists(file) ? LoadFromAssemblyPath(file) : null;
    }

    /// <summary>
    /// Loads a native library from the module folder or from runtimes/RID/native, where packages put native libraries; the
    /// default search would use the program's folder. Libraries in neither of these folders are left to the operating system, and
    /// <see cref="AssemblyLoadContext.ResolvingUnmanagedDll"/> handles libraries that cannot be loaded.
    /// </summary>
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        ArgumentNullException.ThrowIfNull(unmanagedDllName);
        var file = NativeFolders().SelectMany(f => FileNames(unmanagedDllName).Select(name => Path.Combine(f, name)))
            .FirstOrDefault(File.Exists);
        return file is not null && NativeLibrary.TryLoad(file, out var library) ? library : 0;
    }

    private IEnumerable<string> NativeFolders()
    {
        yield return folder;
        var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        var processor = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        yield return Path.Combine(folder, "runtimes", $"{system}-{processor}", "native");
    }

    private static IEnumerable<string> FileNames(string name) =>
        OperatingSystem.IsWindows() ? [name, $"{name}.dll"]
        : OperatingSystem.IsMacOS() ? [name, $"lib{name}.dylib", $"{name}.dylib"]
        : [name, $"lib{name}.so", $"{name}.so"];
}
