using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>
/// Configuration keys that importing published weights sets, because the weights or the published code determine them, such as <c>model.codes</c> of nanoGPT or
/// the order of positions in a DiT. A request with the configuration that was used for the import adopts the checkpoint's values, so that training can continue
/// with the same file.
/// </summary>
internal static class PublishedKeys
{
    /// <summary>Returns a request with the keys that were set when its model was imported.</summary>
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

    /// <summary>Returns the checkpoint that the run resumes from or, for a new run, the one with its initial weights.</summary>
    private static CheckpointInfo? Source(TrainingRequest request) =>
        (request.Force ? null : Newest(request.Folder)) ?? (request.InitialCheckpoint is string initial ? Newest(initial) : null);

    private static CheckpointInfo? Newest(string path) => File.Exists(path) || Directory.Exists(path) ? CheckpointStore.NewestReadable(path) : null;
}
