
namespace TinySora.Engine.Files;

/// <summary>Removes the folders that a command has created for its output if the command fails before writing a file.</summary>
public static class NewFolder
{
    private const string OwnFolder = ".tinysora";

    /// <summary>
    /// Runs <paramref name="work"/>. If the work fails, the folders that it created are removed, unless they contain files other than the module's own log.
    /// </summary>
    /// <param name="path">Absolute path of the folder to write to. The folder need not exist.</param>
    public static void RemoveOnFailure(string path, Action work)
    {
        var missing = new List<string>();
        for (var folder = Path.TrimEndingDirectorySeparator(path); folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            missing.Add(folder);
        }

        try
        {
            work();
        }
        catch
        {
            Remove(missing);
            throw;
        }
    }

    /// <summary>Deletes a folder with its content, if it exists.</summary>
    internal static void Delete(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    /// <param name="created">Created folders, innermost first.</param>
    private static void Remove(IReadOnlyList<string> created) => OnFailure.Ignore(() => // a failure must not hide the command's own error
    {
        foreach (var folder in created.Where(Directory.Exists))
        {
            var own = Path.Combine(folder, OwnFolder);
            if (Directory.EnumerateFileSystemEntries(folder).Any(entry => entry != own))
            {
                return;
            }

            Delete(own);
            Directory.Delete(folder);
        }
    });
}
