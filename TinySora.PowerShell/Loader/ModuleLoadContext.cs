using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace TinySora.Loader;

/// <summary>
/// Holds a module's assemblies apart from those of PowerShell, or of the host, and of other modules, so that each may bring
/// its own version of a library. Only what lies in the module's folder is loaded here; PowerShell's own assemblies and .NET's
/// stay shared.
/// </summary>
public sealed class ModuleLoadContext : AssemblyLoadContext
{
    private const string CmdletAssembly = "TinySora.PowerShell";

    // One context per version and process: all runspaces share one engine thread and one copy of libtorch. Not one per folder:
    // PowerShell keeps what it knows of a cmdlet by the name and version of its assembly, so two of the same do not work.
    private static readonly ConcurrentDictionary<string, Lazy<Assembly>> Loaded = new(StringComparer.Ordinal);

    private readonly string folder;

    private ModuleLoadContext(string folder)
        : base($"TinySora ({folder})") => this.folder = folder;

    /// <summary>The cmdlets of a module folder, loaded on the first call; from then on those of any folder with the same version.</summary>
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
    /// Native libraries lie in the module's folder or in runtimes/RID/native, where packages put them; the default search
    /// looks beside the program. What is in neither is left to the operating system, and what cannot be loaded to
    /// <see cref="AssemblyLoadContext.ResolvingUnmanagedDll"/>.
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
