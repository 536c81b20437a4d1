using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>
/// Configuration keys whose values the import of published weights sets, because the weights or the published code determine them. Examples are
/// <c>model.codes</c> of nanoGPT and the order of positions in a DiT. A training request with the configuration that was used for the import adopts the
/// checkpoint's values of these keys, so that the same configuration file can be used to continue training.
/// </summary>
internal static class PublishedKeys
{
    /// <summary>Returns the request with the values of the keys that were set when its model was imported.</summary>
    public static TrainingRequest Adopt(TrainingRequest request)
    {
        if (Source(request) is not { PublishedKeys: { Count: > 0 } given } info)
        {
            return request;
        }

        var stored = ConfigFile.ParseStored(info.ConfigYaml, $"{info.Path} (configuration)");
        var config = ConfigFile.ParseStored(ConfigFile.ToYaml(request.Config), info.Path);
        foreach (var key in stored.Family.Name == config.Family.Name ? ConfigSchema.For(stored).Keys : [])
        {
            if (given.GetValueOrDefault(key.FullName) == key.Text(config))
            {
                key.Set(config, key.Get(stored));
            }
        }

        return request with { Config = config, PublishedKeys = given };
    }

    /// <summary>Returns the checkpoint that the run resumes from or, for a new run, the checkpoint with its initial weights.</summary>
    private static CheckpointInfo? Source(TrainingRequest request) =>
        (request.Force ? null : Newest(request.Folder)) ?? (request.InitialCheckpoint is string initial ? Newest(initial) : null);

    private static CheckpointInfo? Newest(string path) => File.Exists(path) || Directory.Exists(path) ? CheckpointStore.NewestReadable(path) : null;
}
