using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Models;

/// <summary>The model from a checkpoint, loaded on one device and ready to generate, encode or decode. Use its tensors only on the engine thread.</summary>
public sealed class LoadedModel : IDisposable
{
    private readonly ModelFamily family;
    private readonly RunConfig localConfig;
    private readonly Lazy<string> hash;

    private LoadedModel(ITrainingTask task, Checkpoint checkpoint, CheckpointWeights weights, Device device)
    {
        (Task, Checkpoint, Config, Weights, Device) = (task, checkpoint.Info, checkpoint.Config, weights, device);
        (family, localConfig) = (checkpoint.Family, checkpoint.LocalConfig);
        hash = new(() => EngineThread.Run(() => ModelHash.Compute(task.Model, task.Metadata, Config)));
    }

    /// <summary>Model in evaluation mode.</summary>
    public ITrainingTask Task { get; }

    public CheckpointInfo Checkpoint { get; }

    public RunConfig Config { get; }

    /// <summary>Set of the checkpoint's weights that is loaded: trained or averaged.</summary>
    public CheckpointWeights Weights { get; }

    public Device Device { get; }

    /// <summary>SHA-256 of the model's content, 64 hexadecimal digits; computed on first use.</summary>
    public string Hash => hash.Value;

    /// <summary>Opens a checkpoint, or the newest readable checkpoint in a folder, with its averaged weights.</summary>
    /// <param name="device">Device: auto, cpu, cuda or cuda:N.</param>
    /// <exception cref="TinySoraException">
    /// NotFound, NoneInFolder, Damaged and similar; NoSuchGpu; a file that the model depends on is missing or different.
    /// </exception>
    public static LoadedModel Open(string checkpointFileOrFolder, string device = "auto") => EngineThread.Run(() =>
    {
        using var checkpoint = CheckpointStore.Load(checkpointFileOrFolder);
        return Open(checkpoint, DeviceChoice.Resolve(device));
    });

    /// <summary>Whether a checkpoint contains the model with the given hash; <c>false</c> if the file cannot be loaded.</summary>
    /// <param name="hash">Hash, see <see cref="Hash"/>.</param>
    /// <param name="adapters">Adapters to use with the model.</param>
    public static bool HasHash(string file, CheckpointWeights weights, string hash, IReadOnlyList<AppliedAdapter> adapters) => EngineThread.Run(
        () => OnFailure.Recover(false, () =>
        {
            using var checkpoint = CheckpointStore.Load(file, adapters);
            using var model = Open(checkpoint, CPU, weights);
            return model.Hash.Equals(hash, StringComparison.OrdinalIgnoreCase);
        }));

    /// <summary>Loads the model of an open checkpoint, which may be closed afterwards. Call it on the engine thread.</summary>
    /// <exception cref="TinySoraException">OneSetOfWeights, OtherModel; a file that the model depends on is missing or different.</exception>
    internal static LoadedModel Open(Checkpoint checkpoint, Device device, CheckpointWeights weights = CheckpointWeights.Averaged)
    {
        ModelWeights.Require(checkpoint.Weights, weights);
        var task = checkpoint.Family.Restore(checkpoint.LocalConfig, checkpoint.TaskMetadata, device);
        return OnFailure.Dispose(task, () =>
        {
            checkpoint.LoadWeights(task.Model, averaged: weights == CheckpointWeights.Averaged);
            task.Model.eval();
            return new LoadedModel(task, checkpoint, weights, device);
        });
    }

    /// <exception cref="TinySoraException">MakesNoVideos, or a file required for videos is missing.</exception>
    public IVideoModel Video()
    {
        if (Task.Video is null)
        {
            family.CheckDependencies(localConfig, null); // a latent model can be restored without its autoencoder, but cannot generate videos
        }

        return Task.Video ?? throw GenerationErrors.MakesNoVideos(Checkpoint.Path, family.Name);
    }

    /// <exception cref="TinySoraException">NoCodec.</exception>
    public IClipCodec Codec() => Task.Codec ?? throw LatentErrors.NoCodec(Checkpoint.Path, family.Name);

    public void Dispose() => EngineThread.Run(Task.Dispose);
}
