using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Kinds;

/// <summary>
/// MSR-VTT (Xu, Mei, Yao and Rui 2016): TrainValVideo/VIDEO_ID.mp4 and a caption table with the columns video_id and caption. One clip with evenly spaced
/// frames is created per video.
/// </summary>
internal sealed class MsrVtt : ImportedKind
{
    /// <summary>Video folders of the common download and of the tree with structured-symlinks.</summary>
    private static readonly string[] VideoFolders = ["TrainValVideo", Path.Combine("videos", "all")];

    /// <summary>Names of MSR-VTT's caption tables in order of preference: the official table, and the table in another common layout.</summary>
    private static readonly string[] KnownTables =
        ["train_val_videodatainfo.json", Path.Combine("annotation", "MSR_VTT.json")];

    public override string Name => "MsrVtt";

    public override string Description => "MSR-VTT from a local copy (-Source) with the folder TrainValVideo and a caption table.";

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

    /// <summary>Returns the folder that contains the video folder: the source itself, or one of its subfolders, as in an archive.</summary>
    private static string Root(string source)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3, IgnoreInaccessible = true };
        return Directory.EnumerateDirectories(source, "*", options).Order(StringComparer.Ordinal).Prepend(source)
            .FirstOrDefault(f => VideoFolders.Any(v => Directory.Exists(Path.Combine(f, v))))
            ?? throw DataErrors.LayoutUnknown(source, "MSR-VTT", "VIDEO_ID.mp4 files in TrainValVideo or videos/all");
    }
}
