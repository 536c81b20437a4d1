using TinySora.Engine.Errors;

namespace TinySora.Engine.Files;

/// <summary>Folders that a command creates to write into: they are removed again if it fails before a file is in them.</summary>
public static class NewFolder
{
    private const string OwnFolder = ".tinysora";

    /// <summary>
    /// Calls <paramref name="work"/>. If it fails, the folders that it created are removed, unless they hold files other than the module's own log.
    /// </summary>
    /// <param name="path">The absolute path of the folder that the work writes into; it need not exist.</param>
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

    /// <summary>Deletes a folder with all that is in it, if there is one.</summary>
    internal static void Delete(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    /// <param name="created">The innermost folder first.</param>
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
            // An empty folder that stays is not what the command failed of.
        }
    }
}
