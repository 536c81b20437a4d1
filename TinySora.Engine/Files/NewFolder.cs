using TinySora.Engine.Errors;

namespace TinySora.Engine.Files;

/// <summary>Folders that a command creates to write to, which are removed if it fails before writing a file.</summary>
public static class NewFolder
{
    private const string OwnFolder = ".tinysora";

    /// <summary>
    /// Calls <paramref name="work"/>. If it fails, removes the folders that it created, unless they hold files other than the module's own log.
    /// </summary>
    /// <param name="path">Absolute path of the folder to write to; it need not exist.</param>
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

    /// <param name="created">Created folders, the innermost first.</param>
    private static void Remove(IReadOnlyList<string> created)
    {
        try
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
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            // A remaining empty folder must not hide the command's own error.
        }
    }
}
