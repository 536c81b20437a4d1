using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Training.Results;

/// <summary>Files of an earlier run that were moved into a subfolder, and can be moved back if the new run does not start.</summary>
internal sealed class MovedFiles
{
    private readonly List<(string From, string To)> files = [];

    public void Add(string from, string to) => files.Add((from, to));

    /// <summary>Returns the present path of a file, or of a folder whose files have been moved; unchanged for other paths.</summary>
    public string NewPathOf(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return Moved(file => file) ?? Moved(file => Path.GetDirectoryName(file)!) ?? path;

        string? Moved(Func<string, string> named) =>
            files.Where(file => PathComparer.Of.Equals(named(Path.GetFullPath(file.From)), full)).Select(file => named(file.To)).FirstOrDefault();
    }

    /// <summary>Keeps the files in the subfolder permanently, because the new run has started.</summary>
    public void Commit() => files.Clear();

    /// <summary>Moves the files back, replacing files written in the meantime. Files that cannot be moved remain in the subfolder.</summary>
    /// <returns>Whether all files were moved back.</returns>
    public bool RollBack()
    {
        try
        {
            foreach (var (from, to) in files)
            {
                File.Move(to, from, overwrite: true);
                var emptied = Path.GetDirectoryName(to)!;
                if (!Directory.EnumerateFileSystemEntries(emptied).Any())
                {
                    Directory.Delete(emptied);
                }
            }

            return files.Count > 0;
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            return false;
        }
        finally
        {
            files.Clear();
        }
    }
}
