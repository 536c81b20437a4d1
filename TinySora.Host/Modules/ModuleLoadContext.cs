using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace TinySora.Host.Modules;

/// <summary>Finds a module's managed and native libraries in its own folder, so that versions never mix with the host's.</summary>
internal sealed class ModuleLoadContext(string assemblyPath) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(assemblyPath))
{
    private readonly AssemblyDependencyResolver resolver = new(assemblyPath);
    private readonly string folder = Path.GetDirectoryName(assemblyPath)!;

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // Cmdlets must be subclasses of the host's Cmdlet.
        if (assemblyName.Name == "System.Management.Automation")
        {
            return null;
        }

        string? path = resolver.ResolveAssemblyToPath(assemblyName)
            ?? Folders().Select(f => Path.Combine(f, $"{assemblyName.Name}.dll")).FirstOrDefault(File.Exists);
        return path is null ? null : LoadFromAssemblyPath(path);
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        string? path = resolver.ResolveUnmanagedDllToPath(unmanagedDllName)
            ?? Folders().SelectMany(f => FileNames(unmanagedDllName).Select(n => Path.Combine(f, n))).FirstOrDefault(File.Exists);
        return path is null ? 0 : LoadUnmanagedDllFromPath(path);
    }

    private static string[] FileNames(string name) => OperatingSystem.IsWindows() ? [name, $"{name}.dll"]
        : OperatingSystem.IsMacOS() ? [name, $"lib{name}.dylib", $"{name}.dylib"]
        : [name, $"lib{name}.so", $"{name}.so"];

    private string[] Folders() =>
        [folder, Path.Combine(folder, "lib"), Path.Combine(folder, "runtimes", RuntimeInformation.RuntimeIdentifier, "native")];
}
