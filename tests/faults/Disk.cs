using System.Text.RegularExpressions;
using Names = System.Collections.Generic.Dictionary<(TinySora.Faults.DiskNode Folder, string Name), TinySora.Faults.DiskNode>;

namespace TinySora.Faults;

/// <summary>An atomic change of names in folders.</summary>
/// <param name="Index">Number of the operation.</param>
/// <param name="Entries">Folder, name, and the file or folder with this name afterwards; <c>null</c> if the name is removed.</param>
internal sealed record NameChange(int Index, IReadOnlyList<(DiskNode Folder, string Name, DiskNode? Node)> Entries)
{
    /// <summary>Text of the calls, for messages.</summary>
    public string Text { get; init; } = "";

    /// <summary>Applies the change to names.</summary>
    public void ApplyTo(Names names)
    {
        foreach (var (folder, name, node) in Entries)
        {
            if (node is null)
            {
                names.Remove((folder, name));
            }
            else
            {
                names[(folder, name)] = node;
            }
        }
    }

    /// <summary>Files that must be complete because they or their folder get a final name, with their folders and names.</summary>
    public IReadOnlyList<(DiskNode Folder, string Name, DiskNode Node)> Promised { get; init; } = [];
}

/// <summary>A call that flushed changes to the disk.</summary>
/// <param name="Kind">Name of the file or folder without numbers: flushes of one kind come from one place in the code.</param>
internal sealed record Flush(int Index, DiskNode Node, string Kind);

/// <summary>
/// A recorded command as changes of files and names. Three rules determine what survives a power failure: flushing a file
/// flushes its data and length, but no name; flushing a folder flushes the names in it, but no data; any other change may
/// survive or not, independent of the order of calls.
/// </summary>
internal sealed partial class Disk
{
    private const string Partial = ".partial", Private = "/.tinysora/", Staging = "/.tinysora/writing/";

    private readonly string root;
    private readonly Names names = [];
    private readonly Dictionary<ulong, DiskNode> open = [];
    private readonly HashSet<DiskNode> changed = [];

    /// <param name="root">Folder below which changes were recorded.</param>
    /// <param name="before">Initial content of the folder, see <see cref="Snapshot"/>.</param>
    public Disk(string root, IEnumerable<(string Path, Content? Content)> before)
    {
        this.root = root;
        foreach (var (path, content) in before)
        {
            names[(FolderOf(path), Path.GetFileName(path))] = new DiskNode(content is null, content);
        }

        First = new(names);
    }

    public DiskNode Root { get; } = new(isFolder: true);

    /// <summary>Names before the first operation.</summary>
    public Names First { get; }

    public List<NameChange> Changes { get; } = [];

    public List<Flush> Flushes { get; } = [];

    /// <summary>Changed files.</summary>
    public IReadOnlyCollection<DiskNode> Nodes => changed;

    /// <summary>Number of operations.</summary>
    public int Count { get; private set; }

    /// <summary>Returns everything below a folder; each folder, without content, precedes its entries.</summary>
    public static IReadOnlyList<(string Path, Content? Content)> Snapshot(string folder) =>
    [
        .. Directory.GetDirectories(folder).SelectMany(below => Snapshot(below).Prepend((below, null))),
        .. Directory.GetFiles(folder).Select(file => (file, (Content?)new Content(ReadShared(file), File.GetLastWriteTimeUtc(file)))),
    ];

    /// <summary>Adds operations in order.</summary>
    /// <param name="ignored">Kind of flush to leave out.</param>
    public void Add(IReadOnlyList<Operation> operations, string? ignored = null)
    {
        DiskNode? before = null;
        foreach (var operation in operations)
        {
            before = Add(operation, before, ignored);
        }
    }

    /// <summary>Returns all files by their paths below the root, for given names.</summary>
    public SortedDictionary<string, DiskNode> Files(Names names)
    {
        var byFolder = names.ToLookup(entry => entry.Key.Folder, entry => (entry.Key.Name, Node: entry.Value));
        SortedDictionary<string, DiskNode> files = new(StringComparer.Ordinal);
        Visit(Root, "");
        return files;

        void Visit(DiskNode folder, string path)
        {
            foreach (var (name, node) in byFolder[folder])
            {
                if (node.IsFolder)
                {
                    Visit(node, path + name + "/");
                }
                else
                {
                    files[path + name] = node;
                }
            }
        }
    }

    /// <summary>Returns the digests of the files after all operations.</summary>
    public SortedDictionary<string, string> Last() =>
        new(Files(names).ToDictionary(file => file.Key, file => file.Value.DigestAfter(Count)), StringComparer.Ordinal);

    [GeneratedRegex(@"\d+")]
    private static partial Regex Numbers();

    /// <summary>Names from Path.GetRandomFileName and Guid.</summary>
    [GeneratedRegex(@"(?<=^|/)[a-z0-5]{8}\.[a-z0-5]{3}(?=/|$)|[0-9a-f]{32}")]
    private static partial Regex RandomName();

    private static DateTime Time(long nanoseconds) => DateTime.UnixEpoch.AddTicks(nanoseconds / 100);

    private DiskNode? Add(Operation operation, DiskNode? before, string? ignored)
    {
        switch (operation.Kind)
        {
            case Change.Opened:
                Open(operation);
                return before;
            case Change.Wrote:
                var node = open[operation.Inode];
                changed.Add(node);
                // A write that continues the previous one is not a separate moment.
                node.Add(new DataChange(node == before ? Count : ++Count, operation.At, operation.Bytes, Time(operation.Modified)), node == before);
                return node;
            case Change.Resized:
                changed.Add(open[operation.Inode]);
                open[operation.Inode].Add(new DataChange(++Count, operation.At, null, Time(operation.Modified)));
                return null;
            case Change.Forced:
                Force(open[operation.Inode], ignored);
                return null;
            case Change.MadeFolder:
                Rename((operation.First, new DiskNode(isFolder: true)));
                return null;
            case Change.Removed or Change.RemovedFolder:
                Rename((operation.First, null));
                return null;
            default:
                var moved = Find(operation.First)!;
                if (Find(operation.Second) != moved)
                {
                    var target = (operation.Second, moved);
                    // A name in one of the product's private folders guarantees nothing to the user.
                    var isWhole = !operation.Second.EndsWith(Partial, StringComparison.Ordinal) && !operation.Second.Contains(Staging, StringComparison.Ordinal)
                        && (operation.First.Contains(Partial, StringComparison.Ordinal)
                            || (operation.First.Contains(Private, StringComparison.Ordinal) && !operation.Second.Contains(Private, StringComparison.Ordinal)));
                    Rename(isWhole, operation.Kind == Change.Renamed ? [(operation.First, null), target] : [target]);
                }

                return null;
        }
    }

    private void Open(Operation operation)
    {
        if (operation.At == Operation.Created)
        {
            var made = new DiskNode(isFolder: false);
            open[operation.Inode] = made;
            Rename((operation.First, made));
        }
        else if (Find(operation.First) is DiskNode node)
        {
            open[operation.Inode] = node;
            if (operation.At == Operation.Emptied)
            {
                changed.Add(node);
                node.Add(new DataChange(++Count, 0, null, Time(operation.Modified)));
            }
        }
    }

    private void Force(DiskNode node, string? ignored)
    {
        var path = node == Root ? "." : PathOf(node);
        var kind = (node.IsFolder ? "folder " : "") + Numbers().Replace(RandomName().Replace(path, "*").Replace(Partial, "", StringComparison.Ordinal), "#");
        Count++;
        if (kind != ignored)
        {
            node.Force(Count);
        }

        Flushes.Add(new Flush(Count, node, kind));
    }

    private void Rename(params (string Path, DiskNode? Node)[] entries) => Rename(isWhole: false, entries);

    private void Rename(bool isWhole, params (string Path, DiskNode? Node)[] entries)
    {
        NameChange change = new(++Count, [.. entries.Select(entry => (FolderOf(entry.Path), Path.GetFileName(entry.Path), entry.Node))])
        {
            Text = string.Join(" -> ", entries.Select(entry => (entry.Node is null ? "-" : "+") + Path.GetRelativePath(root, entry.Path))),
        };
        change.ApplyTo(names);
        Changes.Add(change with { Promised = isWhole ? [.. Below(change.Entries[^1])] : [] });
    }

    private DiskNode FolderOf(string path) =>
        Find(Path.GetDirectoryName(path)!) ?? throw new InvalidOperationException($"{path} is in an unknown folder.");

    /// <summary>Returns an entry of a folder and, if it is a folder, all entries below it.</summary>
    private IEnumerable<(DiskNode Folder, string Name, DiskNode Node)> Below((DiskNode Folder, string Name, DiskNode? Node) entry) =>
        names.Where(below => below.Key.Folder == entry.Node).ToList().SelectMany(below => Below((below.Key.Folder, below.Key.Name, below.Value)))
            .Prepend((entry.Folder, entry.Name, entry.Node!));

    private DiskNode? Find(string path)
    {
        // Plain paths below the root: there are no links to folders here.
        var node = Root;
        foreach (var name in Path.GetRelativePath(root, path).Split('/').Where(name => name != "."))
        {
            if (!names.TryGetValue((node, name), out var next))
            {
                return null;
            }

            node = next;
        }

        return node;
    }

    /// <summary>Whether a name is removed or belongs to another file after an operation.</summary>
    public bool IsRemoved(DiskNode folder, string name, DiskNode node, int moment) =>
        Changes.TakeWhile(change => change.Index <= moment).SelectMany(change => change.Entries)
            .LastOrDefault(entry => entry.Folder == folder && entry.Name == name) is { Folder: not null } last && last.Node != node;

    /// <summary>Returns the last path of a file or folder below the root.</summary>
    public string PathOf(DiskNode node)
    {
        var path = "";
        while (node != Root)
        {
            var (key, _) = names.FirstOrDefault(entry => entry.Value == node);
            if (key.Name is null)
            {
                return "(deleted)/" + path;
            }

            (node, path) = (key.Folder, path.Length == 0 ? key.Name : $"{key.Name}/{path}");
        }

        return path;
    }

    /// <summary>Reads a file, which this process may have locked.</summary>
    private static byte[] ReadShared(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (IOException)
        {
            return [];
        }
    }
}
