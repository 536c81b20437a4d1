using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Corpora;

/// <summary>
/// A local copy of MSR-VTT with its splits. It contains annotation/MSR_VTT.json, structured-symlinks/SPLIT_list_full.txt with one ID per line, and
/// videos/all/ID.mp4.
/// </summary>
internal sealed class MsrVttTree
{
    public static readonly IReadOnlyList<string> Splits = ["train", "val", "test"];

    private const int SearchDepth = 3;

    private readonly string root;

    private MsrVttTree(string root) => this.root = root;

    private string Annotations => Path.Combine(root, "annotation", "MSR_VTT.json");

    private string Videos => Path.Combine(root, "videos", "all");

    /// <param name="folder">Root folder of the dataset, or a folder above it, such as that of an unpacked archive.</param>
    /// <exception cref="TinySoraException">PartsMissing, which lists everything missing.</exception>
    public static MsrVttTree Open(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw DataErrors.SourceMissing(folder);
        }

        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = SearchDepth, IgnoreInaccessible = true };
        var tree = Directory.EnumerateDirectories(folder, "*", options).Order(StringComparer.Ordinal).Prepend(folder)
            .Select(place => new MsrVttTree(place)).MinBy(candidate => candidate.Missing().Count)!;
        return tree.Missing() is { Count: > 0 } missing ? throw DataErrors.PartsMissing(tree.root, "MSR-VTT", missing) : tree;
    }

    public string PathOf(string video) => Path.Combine(Videos, video);

    /// <summary>Reads the distinct IDs in a split.</summary>
    /// <exception cref="TinySoraException">CannotRead.</exception>
    public IReadOnlySet<string> Ids(string split)
    {
        var path = List(split);
        return OnFailure.Throw(
            path, DataErrors.CannotRead,
            () => File.ReadLines(path).Select(line => line.Trim()).Where(id => id.Length > 0).ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>Reads one row per caption, with the video's ID, in the order of the annotations.</summary>
    /// <exception cref="TinySoraException">CaptionsUnreadable.</exception>
    public IReadOnlyList<CaptionRow> Captions() => CaptionTable.Rows(Annotations);

    private string List(string split) => Path.Combine(root, "structured-symlinks", $"{split}_list_full.txt");

    private List<string> Missing()
    {
        var missing = Splits.Select(List).Prepend(Annotations).Where(file => !File.Exists(file)).Select(file => Path.GetRelativePath(root, file)).ToList();
        if (!Directory.Exists(Videos) || !Directory.EnumerateFiles(Videos, "*.mp4").Any())
        {
            missing.Add(Path.Combine("videos", "all", "ID.mp4"));
        }

        return missing;
    }
}
