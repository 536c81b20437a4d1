namespace TinySora.PowerShell;

/// <summary>A folder of configurations and models that are taken by their names, the user's or one that several share.</summary>
internal static class Hub
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string Variable = "TINYSORA_HUB";

    public const string ConfigEnding = ".yaml";

    public const string ModelEnding = ".safetensors";

    /// <summary>The file of a name; null: there is none, or no hub.</summary>
    public static string? Find(string name, string ending) =>
        Folder is string folder && Path.GetFileName(name) == name && Path.Combine(folder, name + ending) is var path && File.Exists(path) ? path : null;

    /// <summary>The names of the hub's configurations or models: its files with this ending.</summary>
    public static IReadOnlyList<string> Names(string ending) => Folder is not string folder ? []
        : [.. Directory.EnumerateFiles(folder, "*" + ending).Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.OrdinalIgnoreCase)];

    private static string? Folder => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder && Directory.Exists(folder) ? folder : null;
}
