using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>
/// A kind of model: everything that training, checkpoints, generation and the cmdlets need to know about it. To add a family, derive from
/// <see cref="Family{TConfig, TBatch}"/> and add it to the list of families.
/// </summary>
public abstract class ModelFamily : IConfiguredFamily
{
    public string Name => NewConfig().Name;

    /// <summary>Names of the family in checkpoints of earlier versions.</summary>
    public virtual IReadOnlyList<string> FormerNames => [];

    /// <summary>Whether its models encode clips as latents or tokens and decode them; commands that need an autoencoder offer their checkpoints.</summary>
    public virtual bool IsAutoencoder => false;

    /// <summary>Names of weights in published files; <c>null</c> if there are no published weights.</summary>
    public virtual PublishedWeights? Published => null;

    /// <summary>Creates the family's sections with their defaults.</summary>
    public abstract FamilyConfig NewConfig();

    /// <summary>Checks that the files that a model depends on exist, before longer work begins.</summary>
    /// <param name="folder">Training data, which may make a file unnecessary; <c>null</c> to require all files.</param>
    /// <exception cref="TinySoraException">A file is missing.</exception>
    public virtual void CheckDependencies(RunConfig config, string? folder)
    {
    }

    /// <summary>Returns a model's requirements for a folder of clips; <c>null</c> if it does not train on clips.</summary>
    public virtual ClipRequirements? Clips(RunConfig config) => null;

    /// <summary>Returns the settings of generation; <c>null</c> if the model does not generate videos.</summary>
    public abstract SettingSchema? Settings(RunConfig config);

    /// <exception cref="TinySoraException">The folder is missing, or contains no training data.</exception>
    public abstract IExamples Open(RunConfig config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation);

    /// <summary>Returns the apparent number of examples in a folder, without opening any.</summary>
    /// <exception cref="TinySoraException">Errors of <see cref="Open"/>.</exception>
    public abstract int Count(RunConfig config, string folder);

    /// <summary>
    /// Returns synthetic examples for measuring training, and the configuration to measure, which skips work done once before the first step.
    /// </summary>
    /// <param name="folder">Training data, whose recorded traits can replace a missing companion; <c>null</c> if unknown.</param>
    /// <exception cref="TinySoraException">A companion is missing.</exception>
    public abstract (RunConfig Config, IExamples Examples) CreateSynthetic(RunConfig config, string? folder);

    /// <summary>Creates a task with new weights from the default generator.</summary>
    /// <exception cref="TinySoraException">TooLarge.</exception>
    public abstract ITrainingTask Create(RunConfig config, IExamples data, Device device);

    /// <summary>Creates a task of the shape of a checkpoint; the caller loads its weights.</summary>
    /// <param name="metadata">Metadata of the checkpoint, see <see cref="ITrainingTask.Metadata"/>.</param>
    /// <param name="more">Data to fine-tune on; <c>null</c> otherwise.</param>
    /// <exception cref="TinySoraException">A companion is missing or differs from that of the training; TooLarge.</exception>
    public abstract ITrainingTask Restore(RunConfig config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples? more = null);
}

/// <summary>
/// Base class of families, with the types of the configuration and of micro-batches. Methods are documented at those of
/// <see cref="ModelFamily"/> with the same name.
/// </summary>
public abstract class Family<TConfig, TBatch> : ModelFamily
    where TConfig : FamilyConfig, new()
    where TBatch : Batch
{
    public sealed override FamilyConfig NewConfig() => new TConfig();

    public sealed override void CheckDependencies(RunConfig config, string? folder) => CheckDependencies(config.Of<TConfig>(), folder);

    public sealed override ClipRequirements? Clips(RunConfig config) => Clips(config.Of<TConfig>());

    public sealed override SettingSchema? Settings(RunConfig config) => Settings(config.Of<TConfig>());

    public sealed override IExamples Open(RunConfig config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation) =>
        Open(config.Of<TConfig>(), folder, progress, cancellation);

    public sealed override int Count(RunConfig config, string folder) => Count(config.Of<TConfig>(), folder);

    public sealed override (RunConfig Config, IExamples Examples) CreateSynthetic(RunConfig config, string? folder)
    {
        var (own, examples) = CreateSynthetic(config.Of<TConfig>(), folder);
        return (config with { Family = own }, examples);
    }

    public sealed override ITrainingTask Create(RunConfig config, IExamples data, Device device) =>
        ModelSize.WithMemoryLimit(config, () => Create(config.Of<TConfig>(), (IExamples<TBatch>)data, device));

    public sealed override ITrainingTask Restore(
        RunConfig config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples? more = null) =>
        ModelSize.WithMemoryLimit(config, () => Restore(config.Of<TConfig>(), metadata, device, (IExamples<TBatch>?)more));

    protected virtual void CheckDependencies(RunConfig<TConfig> config, string? folder)
    {
    }

    protected virtual ClipRequirements? Clips(RunConfig<TConfig> config) => null;

    protected virtual SettingSchema? Settings(RunConfig<TConfig> config) => null;

    protected abstract IExamples<TBatch> Open(
        RunConfig<TConfig> config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation);

    protected abstract int Count(RunConfig<TConfig> config, string folder);

    protected abstract (TConfig Config, IExamples<TBatch> Examples) CreateSynthetic(RunConfig<TConfig> config, string? folder);

    protected abstract TrainingTask<TBatch> Create(RunConfig<TConfig> config, IExamples<TBatch> data, Device device);

    protected abstract TrainingTask<TBatch> Restore(
        RunConfig<TConfig> config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples<TBatch>? more);
}
