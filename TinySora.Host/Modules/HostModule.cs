using System.Management.Automation;
using System.Reflection;
using TinySora.Host.Binding;

namespace TinySora.Host.Modules;

/// <summary>An assembly with cmdlets, and the files that lie with it.</summary>
public sealed class HostModule
{
    private HostModule(Assembly assembly, string folder)
    {
        AssemblyName name = assembly.GetName();
        Info = new PSModuleInfo(name.Name!, name.Version ?? new Version(), folder);
        Cmdlets = [.. assembly.GetTypes().Where(CmdletDefinition.IsCmdlet).Select(t => new CmdletDefinition(t, Info))];
        foreach (Type type in assembly.GetExportedTypes().Where(t => !t.IsAbstract && t.IsAssignableTo(typeof(IModuleAssemblyInitializer))))
        {
            ((IModuleAssemblyInitializer)Activator.CreateInstance(type)!).OnImport();
        }
    }

    /// <summary>Name, version and folder.</summary>
    public PSModuleInfo Info { get; }

    /// <summary>Format views that lie beside the assembly.</summary>
    public IReadOnlyList<string> FormatFiles => Files("*.format.ps1xml");

    /// <summary>Help files, as PowerShell reads them.</summary>
    public IReadOnlyList<string> HelpFiles => Files("*-Help.xml", "en-US");

    internal IReadOnlyList<CmdletDefinition> Cmdlets { get; }

    /// <summary>The cmdlets of an assembly that is loaded already.</summary>
    public static HostModule Of(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        return new HostModule(assembly, Path.GetDirectoryName(assembly.Location) is { Length: > 0 } folder ? folder : AppContext.BaseDirectory);
    }

    /// <summary>Loads an assembly with what it needs, apart from the host's own dependencies.</summary>
    public static HostModule Load(string assemblyPath)
    {
        string path = Path.GetFullPath(assemblyPath);
        return new HostModule(new ModuleLoadContext(path).LoadFromAssemblyPath(path), Path.GetDirectoryName(path)!);
    }

    // The assembly may lie one folder below the module's own.
    private string[] Files(string pattern, string below = "")
    {
        string?[] folders = [Info.ModuleBase, Path.GetDirectoryName(Info.ModuleBase)];
        return folders.OfType<string>().Select(f => Path.Combine(f, below)).Where(Directory.Exists)
            .Select(f => Directory.GetFiles(f, pattern)).FirstOrDefault(files => files.Length > 0) ?? [];
    }
}
