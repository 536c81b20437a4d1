using TinySora.Engine.Data;

namespace TinySora.PowerShell.Output;

/// <summary>Counts what is written of a dataset, and warns about what is left out.</summary>
internal sealed class DatasetTally
{
    private readonly List<string> _paths = [];
    private readonly HashSet<string> _captions = new(StringComparer.Ordinal);
    private readonly List<SkippedClip> _skipped = [];

    public DatasetTally(PipelineWriter writer) => Report = new ImportReport(
        clip =>
        {
            _skipped.Add(clip);
            writer.Warning($"{clip}");
        },
        writer.Warning);

    public ImportReport Report { get; }

    public void Add(DatasetClip clip)
    {
        _paths.Add(clip.Path);
        if (!string.IsNullOrEmpty(clip.Caption))
        {
            _captions.Add(clip.Caption);
        }
    }

    /// <param name="folderOf">Tells by the paths of all clips where the dataset lies.</param>
    public TinySoraDataset Dataset(Func<IReadOnlyList<string>, string> folderOf) => new(folderOf(_paths), _paths.Count, _captions.Count, _skipped);
}
