using System.Runtime.CompilerServices;

namespace TinySora.Tests;

/// <summary>The source files that the tests were compiled from.</summary>
internal static class Repository
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, ".."));

    /// <summary>Returns the full path of a file or folder of the repository.</summary>
    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Lists the source files in a folder and its subfolders, except for build outputs.</summary>
    /// <param name="extensions">File extensions with their dots.</param>
    /// <returns>Paths relative to the repository, with slashes.</returns>
    public static IEnumerable<string> Sources(string folder, params string[] extensions) =>
        Directory.EnumerateFiles(At(folder), "*", SearchOption.AllDirectories).Where(path => extensions.Contains(Path.GetExtension(path)))
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(name => !name.Split('/').Any(part => part is "obj" or "bin"));

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
