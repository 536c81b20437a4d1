using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

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

    /// <inheritdoc cref="ModelFamily.CheckCompanions"/>
    protected virtual void CheckCompanions(RunConfig<TConfig> config, string? folder)
    {
    }

    /// <inheritdoc cref="ModelFamily.Clips"/>
    protected virtual ClipNeeds? Clips(RunConfig<TConfig> config) => null;

    /// <inheritdoc cref="ModelFamily.Settings"/>
    protected abstract SettingSchema? Settings(RunConfig<TConfig> config);

    /// <inheritdoc cref="ModelFamily.Open"/>
    protected abstract IExamples<TBatch> Open(
        RunConfig<TConfig> config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation);

    /// <inheritdoc cref="ModelFamily.Count"/>
    protected abstract int Count(RunConfig<TConfig> config, string folder);

    /// <inheritdoc cref="ModelFamily.Synthetic"/>
    protected abstract (TConfig Config, IExamples<TBatch> Examples) Synthetic(RunConfig<TConfig> config, string? folder);

    /// <inheritdoc cref="ModelFamily.Create"/>
    protected abstract TrainingTask<TBatch> Create(RunConfig<TConfig> config, IExamples<TBatch> data, Device device);

    /// <inheritdoc cref="ModelFamily.Restore"/>
    protected abstract TrainingTask<TBatch> Restore(
        RunConfig<TConfig> config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples<TBatch>? more);
}
