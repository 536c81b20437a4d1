using TinySora.Engine.Configuration;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>What stays the same through a run and is written into each of its checkpoints.</summary>
/// <param name="Seed">The seed in use, also where the configuration leaves it open.</param>
/// <param name="TaskMetadata">What the model family needs to rebuild the model.</param>
public sealed record RunDescription(
    RunConfig Config, long Seed, string DatasetFingerprint, IReadOnlyDictionary<string, string> TaskMetadata)
{
    /// <inheritdoc cref="CheckpointInfo.PublishedKeys"/>
    public TextTable<string> PublishedKeys { get; init; } = [];
}
