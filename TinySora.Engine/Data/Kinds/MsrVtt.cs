using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Kinds;

/// <summary>
/// MSR-VTT (Xu, Mei, Yao and Rui 2016): TrainValVideo/VIDEO_ID.mp4 and a table of captions with the columns video_id and
/// caption. One clip per video, its frames spread evenly over it.
/// </summary>
internal sealed class MsrVtt : ImportedKind
{
    /// <summary>The folder of the usual download, and that of the tree with structured-symlinks.</summary>
    private static readonly string[] VideoFolders = ["TrainValVideo", Path.Combine("videos", "all")];

    /// <summary>Names of MSR-VTT's tables in the order of preference: the official one, and that of another common layout.</summary>
    private static readonly string[] KnownTables =
        ["train_val_videodatainfo.json", Path.Combine("annotation", "MSR_VTT.json")];

    public override string Name => "MsrVtt";

    public override string Description => "MSR-VTT from a local copy (-Source): TrainValVideo and a table of captions.";

    public override ImportOptions Defaults => new() { Size = 64, Frames = 10, SpreadFrames = true };

    internal override string Table => KnownTables[0];

    internal override string VideosOf(string source) =>
        Directory.Exists(source) ? VideoFolders.Select(v => Path.Combine(Root(source), v)).First(Directory.Exists) : source;

    internal override string? CaptionsOf(string source)
    {
        if (!Directory.Exists(source))
        {
            return null;
        }

        var root = Root(source);
        if (KnownTables.Select(t => Path.Combine(root, t)).FirstOrDefault(File.Exists) is string known)
        {
            return known;
        }

        var tables = Directory.EnumerateFiles(root).Where(CaptionTable.IsTable).Order(StringComparer.Ordinal).ToList();
        return tables.Count > 1 ? throw DataErrors.SeveralTables(root, tables.Select(t => Path.GetFileName(t))) : tables.FirstOrDefault();
    }

    /// <summary>The folder with the videos' folder: the source, or one below as an archive may have it.</summary>
    private static string Root(string source)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3, IgnoreInaccessible = true };
        return Directory.EnumerateDirectories(source, "*", options).Order(StringComparer.Ordinal).Prepend(source)
            .FirstOrDefault(f => VideoFolders.Any(v => Directory.Exists(Path.Combine(f, v))))
            ?? throw DataErrors.LayoutUnknown(source, "MSR-VTT", "a folder TrainValVideo with VIDEO_ID.mp4 files");
    }
}
