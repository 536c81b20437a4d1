using TinySora.Engine.Errors;

namespace TinySora.Engine.Training.Results;

/// <summary>Files of an earlier run that were moved into a folder of their own, for one that may not begin after all.</summary>
internal sealed class MovedFiles
{
    private readonly List<(string From, string To)> files = [];

    public void Add(string from, string to) => files.Add((from, to));

    /// <summary>The new run has begun: they stay where they are.</summary>
    public void Leave() => files.Clear();

    /// <summary>Moves them back over what was written meanwhile; what cannot be moved stays where it is.</summary>
    /// <returns>Whether all that were moved are back.</returns>
    public bool BringBack()
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
