using TinySora.Engine.Errors;

namespace TinySora.Engine.Generation;

/// <summary>The files of requests that follow each other: which are spoken for, and what those hold that were there before.</summary>
internal sealed class OutputFolders
{
    private readonly HashSet<string> taken = new(OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);

    // Each folder is listed, and each file read, once: a table may have thousands of rows of one prompt.
    private readonly Dictionary<string, IReadOnlyList<string>> listed = [];
    private readonly Dictionary<string, Recipe?> read = [];

    public bool IsTaken(string path) => taken.Contains(path);

    public void Take(IEnumerable<string> paths) => taken.UnionWith(paths);

    /// <summary>Nobody asked for this file, and it is not there.</summary>
    public bool IsFree(string? path) => path is null || !(IsTaken(path) || Path.Exists(path));

    /// <summary>The recipe of a file; null: it has none, or there is no file.</summary>
    public Recipe? RecipeIn(string path)
    {
        if (!read.TryGetValue(path, out var recipe) && File.Exists(path))
        {
            try
            {
                recipe = RecipeText.Read(path);
            }
            catch (TinySoraException)
            {
                recipe = null;
            }

            read.Add(path, recipe);
        }

        return recipe;
    }

    /// <summary>Attempts at a name of which there is a video, in order.</summary>
    public IEnumerable<int> Attempts(OutputFile file)
    {
        if (!listed.TryGetValue(file.Folder, out var names))
        {
            names = List(file.Folder);
            listed.Add(file.Folder, names);
        }

        return names.Select(file.AttemptOf).OfType<int>().Distinct().Order();
    }

    private static IReadOnlyList<string> List(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path))] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
