using TinySora.Engine.Errors;

namespace TinySora.Engine.Data;

/// <summary>
/// What the last run wrote into a dataset folder, in .tinysora/written.log. The first line says how the clips are made;
/// "begin ITEM" and "done CLIPS VERSION ITEM" follow, an item being a drawn clip or a video. The same run, started again
/// after whatever ended it, goes on with what is not done, and may write over what it had begun.
/// </summary>
internal sealed class WrittenLog : IDisposable
{
    private readonly string path;
    private readonly string recipe;
    private readonly HashSet<string> begun = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Clips, string Version)> done = new(StringComparer.Ordinal);
    private StreamWriter? writer;

    /// <param name="recipe">One line that differs when the clips would.</param>
    /// <param name="force">Forgets what was written.</param>
    /// <exception cref="TinySoraException">The log cannot be read.</exception>
    public WrittenLog(string folder, string recipe, bool force)
    {
        path = Path.Combine(folder, ".tinysora", "written.log");
        this.recipe = recipe;
        try
        {
            // What follows the last line break was cut off in the middle.
            var lines = force || !File.Exists(path) ? [] : File.ReadAllText(path).Split('\n')[..^1];
            foreach (var line in lines.FirstOrDefault() == recipe ? lines[1..] : [])
            {
                Note(line);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DataErrors.FolderUnreadable(folder, e);
        }
    }

    /// <summary>How many clips an item gave, and of which version it was; 0 if it is not done.</summary>
    public (int Clips, string Version) Done(string item) => done.GetValueOrDefault(item);

    /// <summary>Whether the run had begun this item before it was interrupted.</summary>
    public bool HasBegun(string item) => begun.Contains(item);

    /// <summary>To be called before an item's first file is written.</summary>
    /// <exception cref="IOException">The folder is not writable; likewise from <see cref="End"/>.</exception>
    public void Begin(string item)
    {
        if (writer is null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            writer = new StreamWriter(path) { AutoFlush = true };
            // Without an older run's lines, and the one that was cut off.
            writer.Write(string.Concat(begun.Select(b => $"begin {b}\n").Prepend(recipe + "\n")
                .Concat(done.Select(d => DoneLine(d.Key, d.Value.Clips, d.Value.Version)))));
        }

        writer.Write($"begin {item}\n");
    }

    public void End(string item, int clips, string version) => writer!.Write(DoneLine(item, clips, version));

    public void Dispose() => writer?.Dispose();

    private static string DoneLine(string item, int clips, string version) => $"done {clips} {version} {item}\n";

    private void Note(string line)
    {
        if (line.Split(' ', 2) is ["begin", var item])
        {
            begun.Add(item);
        }
        else if (line.Split(' ', 4) is ["done", var clips, var version, var finished] && int.TryParse(clips, out var count))
        {
            done[finished] = (count, version);
        }
    }
}
