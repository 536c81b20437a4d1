using System.Collections.Concurrent;
using System.Reflection;

namespace TinySora.Loader;

/// <summary>The context of this module, shared by all who import it.</summary>
public sealed partial class ModuleLoadContext
{
    private const string CmdletAssembly = "TinySora.PowerShell";

    // One context per version and process: all runspaces share one engine thread and one copy of libtorch. Not one per folder:
    // PowerShell keeps what it knows of a cmdlet by the name and version of its assembly, so two of the same do not work.
    private static readonly ConcurrentDictionary<string, Lazy<Assembly>> Loaded = new(StringComparer.Ordinal);

    /// <summary>The cmdlets of a module folder, loaded on the first call; from then on those of any folder with the same version.</summary>
    public static Assembly LoadCmdlets(string moduleFolder)
    {
        ArgumentException.ThrowIfNullOrEmpty(moduleFolder);
        var folder = Path.GetFullPath(moduleFolder);
        return Loaded.GetOrAdd(
            AssemblyName.GetAssemblyName(Path.Combine(folder, CmdletAssembly + ".dll")).FullName,
            _ => new Lazy<Assembly>(
                () => new ModuleLoadContext(folder, $"TinySora ({folder})").LoadFromAssemblyName(new AssemblyName(CmdletAssembly)))).Value;
    }
}
