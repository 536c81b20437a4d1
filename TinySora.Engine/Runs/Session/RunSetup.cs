using System.Text.Json;
using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Runs.Session;

/// <summary>What the other processes of a run need to make themselves ready.</summary>
/// <param name="Config">As a configuration file.</param>
/// <param name="Metadata">Of the task.</param>
internal sealed record RunSetup(string Config, long Seed, IReadOnlyDictionary<string, string> Metadata)
{
    public static RunSetup Of(RunDescription run) => new(ConfigFile.ToYaml(run.Config), run.Seed, run.TaskMetadata);

    public static RunSetup Parse(string text) => JsonSerializer.Deserialize<RunSetup>(text)!;

    public override string ToString() => JsonSerializer.Serialize(this);
}
