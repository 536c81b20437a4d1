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

    /// <summary>Names of the family in checkpoints from earlier versions.</summary>
    public virtual IReadOnlyList<string> FormerNames => [];

    /// <summary>Whether the family's models are autoencoders. Commands that need an autoencoder offer the family's checkpoints.</summary>
    public virtual bool IsAutoencoder => false;

    /// <summary>Mapping between the model's weights and those in published files; <c>null</c> if no published weights are supported.</summary>
    public virtual PublishedWeights? Published => null;

    /// <summary>Creates the family's sections with their defaults.</summary>
    public abstract FamilyConfig NewConfig();

    /// <summary>Checks that the files that a model depends on exist. Called before longer work begins.</summary>
    /// <param name="folder">Training data, which may make a file unnecessary; <c>null</c> to require all files.</param>
    /// <exception cref="TinySoraException">A file is missing.</exception>
    public virtual void CheckDependencies(RunConfig config, string? folder)
    {
    }

    /// <summary>Returns a model's requirements for a folder of clips; <c>null</c> if the model does not train on clips.</summary>
    public virtual ClipRequirements? Clips(RunConfig config) => null;

    /// <summary>
    /// Returns a model's requirements for a folder of clips, like <see cref="Clips(RunConfig)"/>, but also if an autoencoder encodes the clips before training.
    /// </summary>
    public virtual ClipRequirements? Sources(RunConfig config) => Clips(config);

    /// <summary>Returns the settings for generating videos; <c>null</c> if the model does not generate videos.</summary>
    public abstract SettingSchema? Settings(RunConfig config);

    /// <exception cref="TinySoraException">The folder is missing, or contains no training data.</exception>
    public abstract IExamples Open(RunConfig config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation);

    /// <summary>Estimates the number of examples in a folder without opening any of them.</summary>
    /// <exception cref="TinySoraException">Errors from <see cref="Open"/>.</exception>
    public abstract int Count(RunConfig config, string folder);

    /// <summary>
    /// Returns synthetic examples for measuring training, and the configuration to measure. The configuration skips work that is done only once, before the
    /// first step.
    /// </summary>
    /// <param name="folder">
    /// Training data. If the data contains the autoencoder's traits, these can replace a missing autoencoder. <c>null</c> if the data is unknown.
    /// </param>
    /// <exception cref="TinySoraException">A file that the model depends on is missing.</exception>
    public abstract (RunConfig Config, IExamples Examples) CreateSynthetic(RunConfig config, string? folder);

    /// <summary>Creates a task with new weights from the default generator.</summary>
    /// <exception cref="TinySoraException">TooLarge.</exception>
    public abstract ITrainingTask Create(RunConfig config, IExamples data, Device device);

    /// <summary>Creates a task with the structure of a checkpoint. The caller loads the weights.</summary>
    /// <param name="metadata">Metadata of the checkpoint, see <see cref="ITrainingTask.Metadata"/>.</param>
    /// <param name="more">Data to fine-tune on; <c>null</c> if the model is not fine-tuned.</param>
    /// <exception cref="TinySoraException">A file that the model depends on is missing or differs from the one used in training; TooLarge.</exception>
    public abstract ITrainingTask Restore(RunConfig config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples? more = null);
}

/// <summary>
/// Base class of families, with the types of the configuration and of micro-batches. Methods are documented in <see cref="ModelFamily"/> under the same
/// names.
/// </summary>
public abstract class Family<TConfig, TBatch> : ModelFamily
    where TConfig : FamilyConfig, new()
    where TBatch : Batch
{
    public sealed override FamilyConfig NewConfig() => new TConfig();

    public sealed override void CheckDependencies(RunConfig config, string? folder) => CheckDependencies(config.Of<TConfig>(), folder);

    public sealed override ClipRequirements? Clips(RunConfig config) => Clips(config.Of<TConfig>());

    public sealed override ClipRequirements? Sources(RunConfig config) => Sources(config.Of<TConfig>());

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

    protected virtual ClipRequirements? Sources(RunConfig<TConfig> config) => Clips(config);

    protected virtual SettingSchema? Settings(RunConfig<TConfig> config) => null;

    protected abstract IExamples<TBatch> Open(
        RunConfig<TConfig> config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation);

    protected abstract int Count(RunConfig<TConfig> config, string folder);

    protected abstract (TConfig Config, IExamples<TBatch> Examples) CreateSynthetic(RunConfig<TConfig> config, string? folder);

    protected abstract TrainingTask<TBatch> Create(RunConfig<TConfig> config, IExamples<TBatch> data, Device device);

    protected abstract TrainingTask<TBatch> Restore(
        RunConfig<TConfig> config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples<TBatch>? more);
}
