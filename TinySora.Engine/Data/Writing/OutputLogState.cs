using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Writing;

/// <summary>Content of an <see cref="OutputLog"/>. All methods may be called on any thread.</summary>
internal sealed class OutputLogState
{
    /// <summary>Placeholder for the content of a file that an item does not have.</summary>
    public const string NoFile = "-";

    private readonly HashSet<string> begun = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> sources = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Clips, string Version, long Line)> done = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LoggedFile> files = new(StringComparer.Ordinal);

    /// <summary>Names and contents of files, and names and sources of items, for all recipes, including one that this run replaces.</summary>
    private readonly HashSet<string> anyNames = new(PathComparer.Of), anyContents = [], anyItems = [], anySources = [];

    /// <summary>Names of items of replaced recipes, whose files may still exist.</summary>
    private readonly HashSet<string> earlierItems = [];

    /// <summary>Lengths of the files in <see cref="anyContents"/>.</summary>
    private readonly HashSet<string> anyLengths = [];

    private readonly object turn = new();
    private long lines;

    /// <summary>Names of this recipe's files.</summary>
    public IReadOnlyList<string> Names => Locked<string[]>(() => [.. files.Keys]);

    /// <summary>Names of the items of all recipes.</summary>
    public IReadOnlyList<string> Items => Locked<string[]>(() => [.. anyItems.Union(earlierItems)]);

    /// <summary>Reads the log of a folder, whatever its recipe is. The content is empty if the log is missing or unreadable.</summary>
    /// <exception cref="TinySoraException">FolderInUse.</exception>
    public static OutputLogState Read(string folder)
    {
        var state = new OutputLogState();
        try
        {
            foreach (var line in File.ReadLines(OutputLog.PathIn(folder)))
            {
                state.Add(line, isSame: false);
            }
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            return BusyFile.IsHeld(e) ? throw DataErrors.FolderInUse(folder, e) : new();
        }

        return state;
    }

    /// <param name="isSame">Whether the line belongs to this recipe.</param>
    public void Add(string line, bool isSame)
    {
        lock (turn)
        {
            lines++;
            if (line.Split(' ', 2) is ["begin", var item])
            {
                Begin(item, isSame);
            }
            else if (line.Split(' ', 2) is ["earlier", var earlier])
            {
                earlierItems.Add(earlier);
            }
            else if (line.Split(' ', 3) is ["wrote", var content, var name])
            {
                Write(name, content, isSame);
            }
            else if (isSame && line.Split(' ', 4) is ["done", var clips, var version, var finished] && int.TryParse(clips, out var count))
            {
                done[finished] = (count, version, lines);
            }
        }
    }

    /// <summary>Returns the number of clips and the version of a completed item; 0 clips if the item is not complete.</summary>
    public (int Clips, string Version) GetCompleted(string item)
    {
        var (clips, version, _) = Locked(() => done.GetValueOrDefault(item));
        return (clips, version);
    }

    /// <summary>Returns whether this recipe has begun the item.</summary>
    public bool HasStarted(string item) => Locked(() => begun.Contains(item));

    /// <summary>Returns the name of the item that this recipe created from a source; <c>null</c> if there is none.</summary>
    public string? NameOf(string source) => Locked(() => sources.GetValueOrDefault(source));

    /// <summary>Returns whether any recipe, including replaced ones, has begun an item of this name.</summary>
    public bool IsItem(string name) => Locked(() => anyItems.Contains(name) || earlierItems.Contains(name));

    /// <summary>Returns whether any recipe created an item from a source.</summary>
    public bool IsSource(string source) => Locked(() => anySources.Contains(source));

    /// <summary>Returns whether any recipe wrote a file with this name.</summary>
    public bool IsOutput(string name) => Locked(() => anyNames.Contains(name));

    /// <summary>Returns whether any recipe wrote a file of this length.</summary>
    public bool IsOutputLength(long length) => Locked(() => anyLengths.Contains($"{length}"));

    /// <summary>Returns whether any recipe wrote this content to any file.</summary>
    public bool IsOutputContent(string content) => Locked(() => anyContents.Contains(content));

    /// <summary>Returns whether an item was begun by a version of TinySora that did not log its files.</summary>
    /// <param name="name">The item's name.</param>
    public bool HasUnloggedItem(string name) => Locked(() =>
        anyItems.Contains(name) && !anyNames.Any(file => file.StartsWith(name + '-', StringComparison.Ordinal)));

    /// <summary>Returns whether this recipe wrote a file with this name or recorded its absence.</summary>
    public bool Has(string name) => Locked(() => files.ContainsKey(name));

    /// <summary>Returns whether this recipe wrote this content to the file with this name.</summary>
    public bool Has(string name, string content) => Locked(() => files.TryGetValue(name, out var file) && file.All.Contains(content));

    /// <summary>Returns whether a file's content is the last content that was logged for it.</summary>
    /// <param name="content">Content of the file; <c>null</c> if there is no file.</param>
    public bool IsLast(string name, string? content) => Locked(() => files.TryGetValue(name, out var file) && file.Last == (content ?? NoFile));

    /// <summary>Returns whether the item was completed with this content, so that a changed or missing file is the user's choice.</summary>
    /// <inheritdoc cref="IsLast"/>
    public bool IsSettled(string item, string name, string? content) => Locked(() =>
        files.TryGetValue(name, out var file) && file.Last == (content ?? NoFile) && file.Line < done.GetValueOrDefault(item).Line);

    private T Locked<T>(Func<T> read)
    {
        lock (turn)
        {
            return read();
        }
    }

    private void Begin(string item, bool isSame)
    {
        var parts = item.Split(' ', 2);
        anyItems.Add(parts[0]);
        anySources.Add(parts[^1]);
        if (isSame)
        {
            begun.Add(item);
            sources[parts[^1]] = parts[0];
        }
    }

    private void Write(string name, string content, bool isSame)
    {
        anyNames.Add(name);
        anyContents.Add(content);
        anyLengths.Add(content.Split('-')[0]);
        if (isSame)
        {
            var all = files.TryGetValue(name, out var known) ? known.All : new HashSet<string>(StringComparer.Ordinal);
            all.Add(content);
            files[name] = new LoggedFile(content, lines, all);
        }
    }

    /// <param name="Last">Last logged content.</param>
    /// <param name="Line">Line number in the log.</param>
    /// <param name="All">All contents logged so far.</param>
    private sealed record LoggedFile(string Last, long Line, HashSet<string> All);
}
