using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>
/// One kind of model: all that training, checkpoints, generation and the cmdlets know of it. To add one, derive from
/// <see cref="Family{TConfig, TBatch}"/> and put it on the list of families.
/// </summary>
public abstract class ModelFamily : IConfiguredFamily
{
    public string Name => NewConfig().Name;

    /// <summary>The names that checkpoints of earlier versions give the family.</summary>
    public virtual IReadOnlyList<string> FormerNames => [];

    /// <summary>Whether its models turn clips into latents or tokens and back; commands that want such a model offer their checkpoints.</summary>
    public virtual bool IsAutoencoder => false;

    /// <summary>The names of weights in published files; null: there are no published weights.</summary>
    public virtual PublishedWeights? Published => null;

    /// <summary>The family's sections with their defaults; a new record each time.</summary>
    public abstract FamilyConfig NewConfig();

    /// <summary>Checks that the files exist that a model is made with, before longer work begins.</summary>
    /// <param name="folder">What it is to be trained on, where that matters; null: it is to do all that it can.</param>
    /// <exception cref="TinySoraException">They are not.</exception>
    public virtual void CheckCompanions(RunConfig config, string? folder)
    {
    }

    /// <summary>The needs of a model for a folder of clips; null where it does not train on clips.</summary>
    public virtual ClipNeeds? Clips(RunConfig config) => null;

    /// <summary>The settings that generation takes; null: the model makes no videos.</summary>
    public abstract SettingSchema? Settings(RunConfig config);

    /// <exception cref="TinySoraException">The folder is missing, or holds nothing to train on.</exception>
    public abstract IExamples Open(RunConfig config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation);

    /// <summary>The number of examples that a folder seems to hold, without opening any.</summary>
    /// <exception cref="TinySoraException">As <see cref="Open"/>.</exception>
    public abstract int Count(RunConfig config, string folder);

    /// <summary>
    /// Made-up examples to measure training with, and the configuration to measure: without what is done once before the steps.
    /// </summary>
    /// <param name="folder">What the configuration is to be trained on, which may say what otherwise a companion does; null: it is not known.</param>
    /// <exception cref="TinySoraException">A companion is missing.</exception>
    public abstract (RunConfig Config, IExamples Examples) Synthetic(RunConfig config, string? folder);

    /// <summary>A task with new weights, drawn from the default generator.</summary>
    /// <exception cref="TinySoraException">TooLarge.</exception>
    public abstract ITrainingTask Create(RunConfig config, IExamples data, Device device);

    /// <summary>A task of the shape that a checkpoint was saved with; its weights are loaded by the caller.</summary>
    /// <param name="metadata">The checkpoint's, see <see cref="ITrainingTask.Metadata"/>.</param>
    /// <param name="more">Other data, to be fine-tuned on; null: none.</param>
    /// <exception cref="TinySoraException">A companion is missing, or another than the model was trained with; TooLarge.</exception>
    public abstract ITrainingTask Restore(RunConfig config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples? more = null);
}

/// <summary>
/// The base of families: it names the types of its configuration and of its micro-batches once. Each method is explained at the method of
/// <see cref="ModelFamily"/> with its name.
/// </summary>
public abstract class Family<TConfig, TBatch> : ModelFamily
    where TConfig : FamilyConfig, new()
    where TBatch : Batch
{
    public sealed override FamilyConfig NewConfig() => new TConfig();

    public sealed override void CheckCompanions(RunConfig config, string? folder) => CheckCompanions(config.Of<TConfig>(), folder);

    public sealed override ClipNeeds? Clips(RunConfig config) => Clips(config.Of<TConfig>());

    public sealed override SettingSchema? Settings(RunConfig config) => Settings(config.Of<TConfig>());

    public sealed override IExamples Open(RunConfig config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation) =>
        Open(config.Of<TConfig>(), folder, progress, cancellation);

    public sealed override int Count(RunConfig config, string folder) => Count(config.Of<TConfig>(), folder);

    public sealed override (RunConfig Config, IExamples Examples) Synthetic(RunConfig config, string? folder)
    {
        var (own, examples) = Synthetic(config.Of<TConfig>(), folder);
        return (config with { Family = own }, examples);
    }

    public sealed override ITrainingTask Create(RunConfig config, IExamples data, Device device) =>
        ModelSize.Limited(config, () => Create(config.Of<TConfig>(), (IExamples<TBatch>)data, device));

    public sealed override ITrainingTask Restore(
        RunConfig config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples? more = null) =>
        ModelSize.Limited(config, () => Restore(config.Of<TConfig>(), metadata, device, (IExamples<TBatch>?)more));

    protected virtual void CheckCompanions(RunConfig<TConfig> config, string? folder)
    {
    }

    protected virtual ClipNeeds? Clips(RunConfig<TConfig> config) => null;

    protected virtual SettingSchema? Settings(RunConfig<TConfig> config) => null;

    protected abstract IExamples<TBatch> Open(
        RunConfig<TConfig> config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation);

    protected abstract int Count(RunConfig<TConfig> config, string folder);

    protected abstract (TConfig Config, IExamples<TBatch> Examples) Synthetic(RunConfig<TConfig> config, string? folder);

    protected abstract TrainingTask<TBatch> Create(RunConfig<TConfig> config, IExamples<TBatch> data, Device device);

    protected abstract TrainingTask<TBatch> Restore(
        RunConfig<TConfig> config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples<TBatch>? more);
}
