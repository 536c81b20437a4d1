namespace TinySora.Engine.Installation;

/// <summary>How the operating system names native libraries.</summary>
internal static class NativeFile
{
    /// <summary>The file of a library, in the first folder that has it; null: none.</summary>
    public static string? Find(IEnumerable<string> folders, string library) =>
        folders.SelectMany(folder => Names(library).Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    private static string[] Names(string library) =>
        OperatingSystem.IsWindows() ? [$"{library}.dll", library]
        : OperatingSystem.IsMacOS() ? [$"lib{library}.dylib", library]
        : [$"lib{library}.so", library];
}
