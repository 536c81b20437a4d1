using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Writing;

/// <summary>Folders in .tinysora in the output folder: one for new files until they are complete, and one for old files that are removed.</summary>
internal sealed class OutputStaging(string folder, OutputLog log)
{
    /// <summary>Folder for new files until they are complete.</summary>
    private readonly string writing = Path.Combine(folder, ".tinysora", "writing");

    /// <summary>Folder for old files until they are confirmed to be the recipe's own.</summary>
    private readonly string replaced = Path.Combine(folder, ".tinysora", "replaced");

    private readonly object turn = new();
    private bool isCleared;

    /// <returns>A new folder to write files to.</returns>
    public string Create() => Directory.CreateDirectory(NewPath(writing)).FullName;

    /// <summary>
    /// Removes a file if it is the recipe's own. The file is renamed before it is checked, so that even a late edit is noticed and the file is restored.
    /// </summary>
    /// <param name="name">Name in the log.</param>
    /// <returns>Whether the file is removed.</returns>
    public bool TryRemove(string path, string name)
    {
        ProcessScheduler.Yield();
        var aside = NewPath(replaced);
        try
        {
            BusyFile.Retry(() => File.Move(path, aside));
        }
        catch (FileNotFoundException)
        {
            return true;
        }

        ProcessScheduler.Yield();
        if (FileContent.GetFingerprint(aside) is string content && log.State.Has(name, content))
        {
            File.Delete(aside);
            return true;
        }

        // If the name is taken again, both files are kept.
        ExclusiveRename.TryMove(aside, path);
        return false;
    }

    /// <summary>Removes a folder. Its name becomes free immediately, before the files are deleted.</summary>
    public void RemoveFolder(string path)
    {
        var aside = NewPath(writing);
        Directory.Move(path, aside);
        Directory.Delete(aside, recursive: true);
    }

    public static void TryDelete(string folder) => OnFailure.Ignore(() => NewFolder.Delete(folder)); // the next run removes the folder

    /// <summary>Returns a free path in one of the folders, after removing files left by killed runs.</summary>
    private string NewPath(string parent)
    {
        lock (turn)
        {
            if (!isCleared)
            {
                // From here on, this run is the only one to use the folders.
                log.Claim();
                TryDelete(writing);
                ClearReplaced();
                isCleared = true;
            }
        }

        Directory.CreateDirectory(parent);
        return Path.Combine(parent, Path.GetRandomFileName());
    }

    private void ClearReplaced()
    {
        foreach (var file in Directory.Exists(replaced) ? Directory.GetFiles(replaced) : [])
        {
            // A file that was edited at the moment of the kill is kept.
            if (FileContent.GetFingerprint(file) is string content && log.State.IsOutputContent(content))
            {
                File.Delete(file);
            }
        }
    }
}
