using System.Management.Automation;

namespace TinySora.Host.Modules;

/// <summary>Where the module's assembly lies.</summary>
internal static class ModuleLocator
{
    public const string Variable = "TINYSORA_MODULE";

    private const string AssemblyName = "TinySora.PowerShell.dll";
    private const string FolderName = "TinySora";

    // In the module, or where its loader keeps what is private to it.
    private static readonly string[] Below = ["", "bin", "lib", "dependencies", "Dependencies"];

    /// <summary>
    /// Looks where the variable says (a file or a folder), else beside the program, in the folders above it and in a folder
    /// TinySora in any of these.
    /// </summary>
    /// <exception cref="ItemNotFoundException">It is in none of them.</exception>
    public static string Find(string? variable, string programFolder)
    {
        var told = variable is { Length: > 0 };
        var places = told ? [Path.GetFullPath(variable!)] : Around(programFolder);
        var where = told ? $"in {variable}, where {Variable} points" : $"near {programFolder}";
        return places.SelectMany(Candidates).FirstOrDefault(File.Exists) ?? throw new ItemNotFoundException(
            $"The module TinySora was not found: no {AssemblyName} {where}. " +
            $"Run build.sh build, or set {Variable} to the module's folder.");
    }

    private static IEnumerable<string> Around(string programFolder)
    {
        var folder = Path.TrimEndingDirectorySeparator(programFolder);
        for (var level = 0; level < 3 && folder is not null; level++, folder = Path.GetDirectoryName(folder))
        {
            yield return folder;
            yield return Path.Combine(folder, FolderName);
        }
    }

    private static IEnumerable<string> Candidates(string place) =>
        Below.Select(below => Path.Combine(place, below, AssemblyName)).Prepend(place)
            .Where(p => Path.GetFileName(p) == AssemblyName);
}
