using System.Text.Json.Serialization;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Training.Requests;

/// <summary>A preset that a run may take.</summary>
/// <param name="Name">Of the preset.</param>
/// <param name="Config">The preset with what the user and the data want otherwise, and trainer.train_minutes.</param>
/// <param name="InitialCheckpoint">Path of the bundled model, to be fine-tuned; null if training starts from scratch.</param>
public sealed record OfferedPreset(string Name, RunConfig Config, string? InitialCheckpoint = null)
{
    /// <summary>The preset's measured results.</summary>
    [JsonIgnore]
    public TriedPreset Tried => InitialCheckpoint is not null ? TriedPreset.Further
        : TriedPreset.All.Append(TriedPreset.Videos).First(preset => preset.Name == Name);
}
