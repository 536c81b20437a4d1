using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Writing;

/// <summary>Folders for files that do not have their names yet, or no longer, in .tinysora of an output folder.</summary>
internal sealed class OutputStaging(string folder, WrittenLog log)
{
    /// <summary>New files, until they are complete.</summary>
    private readonly string writing = Path.Combine(folder, ".tinysora", "writing");

    /// <summary>Old files, until they are known to be the recipe's own.</summary>
    private readonly string replaced = Path.Combine(folder, ".tinysora", "replaced");

    private readonly object turn = new();
    private bool isCleared;

    /// <returns>A new folder to write files to.</returns>
    public string Create() => Directory.CreateDirectory(NewPath(writing)).FullName;

    /// <summary>
    /// Removes a file that is the recipe's own. It is renamed first and read then, so that an edit is noticed however late it comes, and put back.
    /// </summary>
    /// <param name="name">In the log.</param>
    /// <returns>Whether it is removed.</returns>
    public bool TryTakeAway(string path, string name)
    {
        Moment.Pass();
        var aside = NewPath(replaced);
        try
        {
            BusyFile.Wait(() => File.Move(path, aside));
        }
        catch (FileNotFoundException)
        {
            return true;
        }

        Moment.Pass();
        if (FileContent.Of(aside) is string content && log.State.Has(name, content))
        {
            File.Delete(aside);
            return true;
        }

        // If the name is taken again, both files stay.
        NewName.TryMove(aside, path);
        return false;
    }

    /// <summary>Removes a folder, at once as far as its name tells.</summary>
    public void TakeAwayFolder(string path)
    {
        var aside = NewPath(writing);
        Directory.Move(path, aside);
        Directory.Delete(aside, recursive: true);
    }

    public static void TryDelete(string folder)
    {
        try
        {
            NewFolder.Delete(folder);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            // The next run removes it.
        }
    }

    /// <summary>A free path in one of the folders, which are cleared of what killed runs have left first.</summary>
    private string NewPath(string parent)
    {
        lock (turn)
        {
            if (!isCleared)
            {
                // No other run uses the folders from here on.
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
            // A file that was edited at the very moment of the kill stays.
            if (FileContent.Of(file) is string content && log.State.IsOutputContent(content))
            {
                File.Delete(file);
            }
        }
    }
}
