using System.Text.Json.Serialization;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Training.Requests;

/// <summary>A preset that a run may take.</summary>
/// <param name="Name">Of the preset.</param>
/// <param name="Config">The preset with what the user and the data want otherwise, and trainer.train_minutes.</param>
/// <param name="InitialCheckpoint">The model that comes along, to be trained further; null: training starts from nothing.</param>
public sealed record OfferedPreset(string Name, RunConfig Config, string? InitialCheckpoint = null)
{
    /// <summary>The preset's measured results.</summary>
    [JsonIgnore]
    public TriedPreset Tried => InitialCheckpoint is null ? TriedPreset.All.First(preset => preset.Name == Name) : TriedPreset.Further;
}
