using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Models;

/// <summary>
/// A checkpoint's model on one device, with its weights loaded, ready to generate, encode or decode. Whatever uses a trained model opens it
/// here. Its tensors are to be used on the engine thread.
/// </summary>
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

    /// <summary>The model itself, in evaluation mode.</summary>
    public ITrainingTask Task { get; }

    public CheckpointInfo Checkpoint { get; }

    public RunConfig Config { get; }

    /// <summary>The set of the checkpoint's weights that is loaded, of its two.</summary>
    public CheckpointWeights Weights { get; }

    public Device Device { get; }

    /// <summary>The model's name by content, a SHA-256 of 64 hexadecimal digits; computed when it is first asked for.</summary>
    public string Hash => hash.Value;

    /// <summary>Opens a checkpoint's averaged weights, or those of the newest readable checkpoint in a folder.</summary>
    /// <param name="device">auto, cpu, cuda or cuda:N.</param>
    /// <exception cref="TinySoraException">NotFound, NoneInFolder, Damaged and the like; NoSuchGpu; a companion is missing, or is another.</exception>
    public static LoadedModel Open(string checkpointFileOrFolder, string device = "auto") => EngineThread.Run(() =>
    {
        using var checkpoint = CheckpointStore.Load(checkpointFileOrFolder);
        return Open(checkpoint, DeviceChoice.Resolve(device));
    });

    /// <summary>Whether a checkpoint holds the model of this hash; <c>false</c> for a file that cannot be loaded.</summary>
    /// <param name="hash">As <see cref="Hash"/>.</param>
    public static bool HasHash(string file, CheckpointWeights weights, string hash) => EngineThread.Run(() =>
    {
        try
        {
            using var checkpoint = CheckpointStore.Load(file);
            using var model = Open(checkpoint, CPU, weights);
            return model.Hash.Equals(hash, StringComparison.OrdinalIgnoreCase);
        }
        catch (TinySoraException)
        {
            return false;
        }
    });

    /// <summary>Loads the model of an open checkpoint, which may then be closed; called on the engine thread.</summary>
    /// <exception cref="TinySoraException">OneSetOfWeights, OtherModel; a companion is missing, or is another.</exception>
    internal static LoadedModel Open(Checkpoint checkpoint, Device device, CheckpointWeights weights = CheckpointWeights.Averaged)
    {
        ModelWeights.Require(checkpoint.File, weights);
        var task = checkpoint.Family.Restore(checkpoint.LocalConfig, checkpoint.TaskMetadata, device);
        return OnFailure.Dispose(task, () =>
        {
            checkpoint.LoadWeights(task.Model, averaged: weights == CheckpointWeights.Averaged);
            task.Model.eval();
            return new LoadedModel(task, checkpoint, weights, device);
        });
    }

    /// <exception cref="TinySoraException">MakesNoVideos, or a file is missing that it needs for them.</exception>
    public IVideoModel Video()
    {
        if (Task.Video is null)
        {
            family.CheckCompanions(localConfig, null); // a model of latents is restored without its autoencoder, but makes no videos
        }

        return Task.Video ?? throw GenerationErrors.MakesNoVideos(Checkpoint.Path, family.Name);
    }

    /// <exception cref="TinySoraException">NoCodec.</exception>
    public IClipCodec Codec() => Task.Codec ?? throw LatentErrors.NoCodec(Checkpoint.Path, family.Name);

    public void Dispose() => EngineThread.Run(Task.Dispose);
}
