namespace TinySora.PowerShell;

/// <summary>A private or shared folder with configurations and models that can be used by name.</summary>
internal static class Hub
{
    /// <summary>Environment variable with the path of the folder.</summary>
    public const string Variable = "TINYSORA_HUB";

    public const string ConfigEnding = ".yaml";

    public const string ModelEnding = ".safetensors";

    /// <summary>Returns the path of the file with a name; <c>null</c> if there is no such file or no hub.</summary>
    public static string? Find(string name, string ending) =>
        Folder is string folder && Path.GetFileName(name) == name && Path.Combine(folder, name + ending) is var path && File.Exists(path) ? path : null;

    /// <summary>Returns the names of the configurations or models in the hub, that is, of the files with the given extension.</summary>
    public static IReadOnlyList<string> Names(string ending) => Folder is not string folder ? []
        : [.. Directory.EnumerateFiles(folder, "*" + ending).Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.OrdinalIgnoreCase)];

    private static string? Folder => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder && Directory.Exists(folder) ? folder : null;
}
