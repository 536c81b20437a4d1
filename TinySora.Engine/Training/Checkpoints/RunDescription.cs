using TinySora.Engine.Configuration;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>Constant properties of a run, which are stored in each of its checkpoints.</summary>
/// <param name="Seed">The seed in use, even if the configuration does not set it.</param>
/// <param name="TaskMetadata">Metadata that the model family needs to rebuild the model.</param>
public sealed record RunDescription(
    RunConfig Config, long Seed, string DatasetFingerprint, IReadOnlyDictionary<string, string> TaskMetadata)
{
    /// <summary>Description of the adapter that the run trains; <c>null</c> if it trains all weights.</summary>
    public AdapterInfo? Adapter { get; init; }

    /// <summary>
    /// Hash of the weights that the run started from, see <see cref="ModelWeights.Hash"/>; empty if it started from scratch, <c>null</c> if that is unknown.
    /// </summary>
    public string? InitialHash { get; init; }

    /// <inheritdoc cref="CheckpointInfo.PublishedKeys"/>
    public TextTable<string> PublishedKeys { get; init; } = [];
}
