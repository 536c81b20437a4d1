using System.Text.RegularExpressions;
using Names = System.Collections.Generic.Dictionary<(TinySora.Faults.DiskNode Folder, string Name), TinySora.Faults.DiskNode>;

namespace TinySora.Faults;

/// <summary>Guarantees of a command about the disk at a moment, whatever a power failure loses.</summary>
internal sealed partial class DiskPromise
{
    /// <summary>Files that are replaced every few seconds and by the next run, so they may be missing or damaged.</summary>
    private static readonly string[] Fleeting = [".lock-holder", "status.json", "dashboard.html"];

    /// <summary>Temporary files of a running command, and caches, which are rebuilt.</summary>
    private static readonly string[] Private = [".tinysora/", ".lock", ".partial"];

    /// <summary>Files that must be complete if they have their names.</summary>
    private readonly List<(DiskNode Folder, string Name, DiskNode Node, string Digest)> whole = [];

    /// <summary>Contents of folders that were complete when they got their names.</summary>
    private readonly List<((DiskNode Folder, string Name, DiskNode Node) Whole, DiskNode Folder, string Name, DiskNode Node)> inside = [];

    /// <summary>Reported files, by their paths.</summary>
    private readonly List<KeyValuePair<string, string>> required = [];

    public DiskPromise(Disk disk, int moment)
    {
        foreach (var change in disk.Changes.TakeWhile(change => change.Index <= moment))
        {
            foreach (var (folder, name, node) in change.Promised)
            {
                // A log grows after it got its name.
                if (node.HasUnforced(moment) && node.IsSame(change.Index, moment) && !Fleeting.Contains(name))
                {
                    whole.Add((folder, name, node, node.DigestAfter(moment)));
                }

                if (change.Promised[0].Node.IsFolder && !disk.IsRemoved(folder, name, node, moment))
                {
                    inside.Add((change.Promised[0], folder, name, node));
                }
            }
        }

        required.AddRange(moment == disk.Count ? AtTheEnd(disk) : Checkpoints(disk, moment));
    }

    /// <summary>Returns the broken guarantees on a disk, before the command is started again.</summary>
    public List<string> Broken(
        DiskState state, Names names, SortedDictionary<string, DiskNode> files) =>
    [
        .. whole.Where(file => Has(names, file.Folder, file.Name, file.Node) && state.Digest(file.Node) != file.Digest)
            .Select(file => $"{Kind(file.Name)} has its final name but is incomplete")
            .Concat(inside.Where(file => Has(names, file.Whole.Folder, file.Whole.Name, file.Whole.Node) && !Has(names, file.Folder, file.Name, file.Node))
                .Select(file => $"{Kind(file.Name)} is missing in a folder that has its final name"))
            .Concat(required.Where(file => !files.TryGetValue(file.Key, out var node) || state.Digest(node) != file.Value)
                .Select(file => $"{Kind(file.Key)} was reported but is missing"))
            .Distinct(),
    ];

    private static bool Has(Names names, DiskNode folder, string name, DiskNode node) =>
        names.TryGetValue((folder, name), out var there) && there == node;

    /// <summary>All files of a command, which must be on the disk when it has ended.</summary>
    private static IEnumerable<KeyValuePair<string, string>> AtTheEnd(Disk disk) => disk.Last().Where(file =>
        !Fleeting.Contains(Path.GetFileName(file.Key)) && !Private.Any(part => file.Key.Contains(part, StringComparison.Ordinal)));

    /// <summary>The checkpoints of a run except the last one, which may still be being written.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Checkpoints(Disk disk, int moment) =>
        disk.Changes.TakeWhile(change => change.Index <= moment).SelectMany(change => change.Promised)
            .Where(promised => CheckpointName().IsMatch(promised.Name))
            .GroupBy(promised => promised.Folder).SelectMany(run => run.SkipLast(1))
            .Where(promised => !disk.IsRemoved(promised.Folder, promised.Name, promised.Node, moment))
            .Select(promised => KeyValuePair.Create($"{disk.PathOf(promised.Folder)}/{promised.Name}", promised.Node.DigestAfter(moment)));

    /// <summary>Returns a path without numbers, so that the same problem of several files is one finding.</summary>
    private static string Kind(string path) => Digits().Replace(path, "#");

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();

    [GeneratedRegex(@"^step-\d+\.safetensors$")]
    private static partial Regex CheckpointName();
}
