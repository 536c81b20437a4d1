using TinySora.Engine.Configuration;

namespace TinySora.Engine.Training.Requests;

/// <summary>A preset that a run may take.</summary>
/// <param name="Name">Of the preset.</param>
/// <param name="Config">The preset with what the user and the data want otherwise, and trainer.train_minutes.</param>
public sealed record OfferedPreset(string Name, RunConfig Config);
