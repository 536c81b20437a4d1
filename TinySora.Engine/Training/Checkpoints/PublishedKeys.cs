using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>
/// The keys of a configuration that the import of published weights sets, because the weights show them or the published code computes so: model.codes
/// of nanoGPT, the order of positions of a DiT. A request that has the values which the import was given gets the checkpoint's, so that training
/// continues with the file that the import took.
/// </summary>
internal static class PublishedKeys
{
    /// <summary>Returns a request with the keys that the import of its model set.</summary>
    public static TrainingRequest Adopt(TrainingRequest request)
    {
        if (Source(request) is not { PublishedKeys: { Count: > 0 } given } info)
        {
            return request;
        }

        var stored = ConfigFile.ParseStored(info.ConfigYaml, $"{info.Path} (configuration)");
        var config = ConfigFile.ParseStored(ConfigFile.ToYaml(request.Config), info.Path);
        foreach (var key in stored.Family.Name == config.Family.Name ? ConfigSchema.Of(stored).Keys : [])
        {
            if (given.GetValueOrDefault(key.FullName) == key.Text(config))
            {
                key.Set(config, key.Get(stored));
            }
        }

        return request with { Config = config, PublishedKeys = given };
    }

    /// <summary>The checkpoint that the run continues from, or else the one whose weights it begins with.</summary>
    private static CheckpointInfo? Source(TrainingRequest request) =>
        (request.Force ? null : Newest(request.Folder)) ?? (request.InitialCheckpoint is string initial ? Newest(initial) : null);

    private static CheckpointInfo? Newest(string path) => File.Exists(path) || Directory.Exists(path) ? CheckpointStore.NewestReadable(path) : null;
}
