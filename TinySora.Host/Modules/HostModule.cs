using System.Management.Automation;
using System.Reflection;
using TinySora.Host.Binding;
using TinySora.Loader;

namespace TinySora.Host.Modules;

/// <summary>An assembly with cmdlets, and the files that lie with it.</summary>
public sealed class HostModule
{
    private HostModule(Assembly assembly, string folder)
    {
        var name = assembly.GetName();
        Info = new PSModuleInfo(name.Name!, name.Version ?? new Version(), folder);
        Cmdlets = [.. TypesOf(assembly).Where(CmdletDefinition.IsCmdlet).Select(t => new CmdletDefinition(t, Info))];
        var initializers = assembly.GetExportedTypes()
            .Where(t => !t.IsAbstract && t.IsAssignableTo(typeof(IModuleAssemblyInitializer)));
        foreach (var type in initializers)
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

    /// <summary>The files of about_ topics, in name order.</summary>
    public IReadOnlyList<string> TopicFiles => [.. Files("about_*.help.txt", "en-US").Order(StringComparer.OrdinalIgnoreCase)];

    internal IReadOnlyList<CmdletDefinition> Cmdlets { get; }

    /// <summary>The cmdlets of an assembly that is loaded already.</summary>
    public static HostModule Of(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var folder = Path.GetDirectoryName(assembly.Location);
        return new HostModule(assembly, string.IsNullOrEmpty(folder) ? AppContext.BaseDirectory : folder);
    }

    /// <summary>Loads an assembly with what it needs, apart from the host's own dependencies.</summary>
    public static HostModule Load(string assemblyPath)
    {
        var path = Path.GetFullPath(assemblyPath);
        var folder = Path.GetDirectoryName(path)!;
        ModuleLoadContext context = new(folder, Path.GetFileNameWithoutExtension(path));
        return new HostModule(context.LoadFromAssemblyPath(path), folder);
    }

    private static Type[] TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException e)
        {
            var reason = e.LoaderExceptions.FirstOrDefault(l => l is not null)?.Message ?? e.Message;
            throw new RuntimeException($"The module {assembly.Location} cannot be loaded: {reason}", e);
        }
    }

    // The assembly may lie one folder below the module's own.
    private string[] Files(string pattern, string below = "")
    {
        string?[] folders = [Info.ModuleBase, Path.GetDirectoryName(Info.ModuleBase)];
        return folders.OfType<string>().Select(f => Path.Combine(f, below)).Where(Directory.Exists)
            .Select(f => Directory.GetFiles(f, pattern)).FirstOrDefault(files => files.Length > 0) ?? [];
    }
}
