using TinySora.Engine.Data;
using TinySora.Engine.Data.Import;

namespace TinySora.PowerShell.Output;

/// <summary>Counts the clips written to a dataset, and warns about skipped ones.</summary>
internal sealed class DatasetTally
{
    private readonly List<string> paths = [];
    private readonly HashSet<string> captions = new(StringComparer.Ordinal);
    private readonly List<SkippedClip> skipped = [];

    public DatasetTally(PipelineWriter writer) => Report = new ImportReport(
        clip =>
        {
            skipped.Add(clip);
            writer.Skipped(clip);
        },
        writer.Warning)
    {
        Failed = writer.Error,
    };

    public ImportReport Report { get; }

    public void Add(DatasetClip clip)
    {
        paths.Add(clip.Path);
        captions.UnionWith(clip.Captions);
    }

    /// <param name="folderOf">Function that returns the dataset's folder, given the paths of all clips.</param>
    public TinySoraDataset Dataset(Func<IReadOnlyList<string>, string> folderOf, CancellationToken cancellation)
    {
        var folder = folderOf(paths);
        if (ForeignClips.Describe(folder, paths, cancellation) is string others)
        {
            Report.Warning(others);
        }

        return new(folder, paths.Count, captions.Count, [.. skipped]);
    }
}
