namespace TinySora.Host;

/// <summary>Finds the folder of the module.</summary>
internal static class ModuleLocator
{
    public const string Variable = "TINYSORA_MODULE";

    private const string Name = "TinySora";

    /// <summary>
    /// Looks where the variable says (the folder, or a file in it), else beside the program, in the folders above it and in a folder TinySora in
    /// any of these; null: it is in none of them.
    /// </summary>
    public static string? Find(string? variable, string programFolder)
    {
        if (variable is { Length: > 0 })
        {
            var told = Path.GetFullPath(variable);
            return new[] { told, Path.GetDirectoryName(told) }.FirstOrDefault(IsModule);
        }

        return Around(programFolder).SelectMany(folder => new[] { folder, Path.Combine(folder, Name) }).FirstOrDefault(IsModule);
    }

    /// <summary>Lets scripts import it by its name, as they do where it is installed.</summary>
    public static void AddToPath(string module)
    {
        const string Modules = "PSModulePath";

        // The folder of its version may lie in that of its name. Under another name nobody finds it, and PowerShell searches all that lies there.
        if (Around(module).Take(2).FirstOrDefault(folder => Path.GetFileName(folder) == Name) is { } named)
        {
            var folders = new[] { Path.GetDirectoryName(named), Environment.GetEnvironmentVariable(Modules) };
            Environment.SetEnvironmentVariable(Modules, string.Join(Path.PathSeparator, folders.OfType<string>()));
        }
    }

    private static bool IsModule(string? folder) => folder is not null && File.Exists(Path.Combine(folder, $"{Name}.psd1"));

    private static IEnumerable<string> Around(string programFolder)
    {
        var folder = Path.TrimEndingDirectorySeparator(programFolder);
        for (var level = 0; level < 3 && folder is not null; level++, folder = Path.GetDirectoryName(folder))
        {
            yield return folder;
        }
    }
}
