using System.Globalization;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Layers;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>A checkpoint that is open for reading.</summary>
public sealed partial class Checkpoint : IDisposable
{
    internal const string FamilyKey = "family";
    internal const string ConfigKey = "config";
    internal const string NoteKey = "note";
    private const string FormatVersion = "1";
    private const string InitialKey = "initial_hash";
    private const string SpentKey = "spent_seconds";
    private const string TrainLrKey = "train_lr";
    private const string LossKey = "loss";
    private const string MetricsKey = "metrics";
    private const string BestByKey = "best_by";
    private const string BestKey = "best";
    private const string UnimprovedKey = "unimproved";
    private const string PlateauKey = "plateau";
    private const string CutOffKey = "cut_off";
    private const string RowsKey = "rows";
    private const string FlopsKey = "flops";
    private const string PublishedKey = "published_keys";
    private const string LibTorchKey = "libtorch_version";
    internal const string TaskPrefix = "task.";

    private readonly IReadOnlyList<AppliedAdapter> adapters;
    private AdaptedWeights? adapted;

    private Checkpoint(CheckpointInfo info, SafetensorsFile file, IReadOnlyList<AppliedAdapter> adapters)
    {
        Info = info;
        File = file;
        this.adapters = adapters;
        Seed = Value<long>(file.Metadata, "seed", info.Path);
        Elapsed = TimeSpan.FromSeconds(Math.Clamp(Value<double>(file.Metadata, "elapsed_seconds", info.Path), 0, 1e9));
        SkippedInARow = Count(file.Metadata, "skipped_in_a_row", info.Path);
        Rollbacks = Count(file.Metadata, "rollbacks", info.Path);
        MomentsSince = Count(file.Metadata, "moments_since", info.Path);
        TrainLr = Optional<double>(file.Metadata, TrainLrKey, info.Path);
        Best = Optional<double>(file.Metadata, BestKey, info.Path);
        Unimproved = Count(file.Metadata, UnimprovedKey, info.Path);
        Plateau = FromJson<PlateauSchedule>(file.Metadata, PlateauKey, info.Path, plateau => plateau.Waited >= 0 && plateau.Factor is > 0 and <= 1) ?? new();
        DatasetFingerprint = Required(file.Metadata, "dataset_fingerprint", info.Path);
        Config = ConfigFile.ParseStored(info.ConfigYaml, $"{info.Path} (configuration)");
    }

    public CheckpointInfo Info { get; }

    /// <summary>The file itself, which contains only the updates if the checkpoint is an adapter.</summary>
    public SafetensorsFile File { get; }

    /// <summary>
    /// Weights and metadata of the model. If there are adapters, or the checkpoint is one, these are the base model's weights with all updates.
    /// </summary>
    /// <exception cref="TinySoraException">BaseMissing, OtherBase, NotAnAdapter, and errors in opening the files.</exception>
    public ITensorFile Weights => (ITensorFile?)(adapted ??= Adapted()) ?? File;

    /// <summary>Configuration of the run that wrote the checkpoint.</summary>
    public RunConfig Config { get; }

    /// <summary>
    /// Configuration with local paths of the other models that it refers to: the original paths if they exist, otherwise paths next to the checkpoint.
    /// </summary>
    public RunConfig LocalConfig => Config with { Family = Config.Family.MapPaths(path => ModelDependency.Locate(Info.Path, path)) };

    public ModelFamily Family => ModelFamilies.Of(Config);

    public long Seed { get; }

    public string DatasetFingerprint { get; }

    /// <summary>Names and strengths of the adapters that are used with the checkpoint, as in a recipe; <c>null</c> if there are none.</summary>
    internal TextList<string>? AdapterNames => adapters.Where(adapter => adapter.Strength != 0)
        .Select(adapter => AppliedAdapter.Text(NameOf(adapter), adapter.Strength)).ToList()
        is { Count: > 0 } names ? new(names) : null;

    /// <inheritdoc cref="RunDescription.InitialHash"/>
    public string? InitialHash => File.Metadata.GetValueOrDefault(InitialKey);

    /// <summary>Version of libtorch that trained the weights; <c>null</c> if the file does not contain it.</summary>
    public string? LibTorchVersion => File.Metadata.GetValueOrDefault(LibTorchKey);

    /// <summary>Training time up to this checkpoint.</summary>
    public TimeSpan Elapsed { get; }

    /// <inheritdoc cref="TrainingState.Flops"/>
    public double? Flops => FlopsIn(File.Metadata, Info.Path);

    /// <inheritdoc cref="TrainingState.SkippedInARow"/>
    public int SkippedInARow { get; }

    /// <inheritdoc cref="TrainingState.Rollbacks"/>
    public int Rollbacks { get; }

    /// <inheritdoc cref="TrainingState.MomentsSince"/>
    public int MomentsSince { get; }

    /// <summary>Learning rate that was set during the run; <c>null</c> for the rate in the configuration.</summary>
    public double? TrainLr { get; }

    /// <inheritdoc cref="TrainingState.Best"/>
    public double? Best { get; }

    /// <inheritdoc cref="TrainingState.Unimproved"/>
    public int Unimproved { get; }

    /// <inheritdoc cref="TrainingState.Plateau"/>
    public PlateauSchedule Plateau { get; }

    public IReadOnlyDictionary<string, string> TaskMetadata => TaskMetadataIn(adapters.Count == 0 ? File.Metadata : Weights.Metadata);

    /// <param name="adapters">Adapters to use with the model; <c>null</c> for none.</param>
    /// <exception cref="TinySoraException">Errors from <see cref="SafetensorsFile.Open"/>, and NotOurs.</exception>
    public static Checkpoint Open(string path, IReadOnlyList<AppliedAdapter>? adapters = null)
    {
        var file = SafetensorsFile.Open(path);
        return OnFailure.Dispose(file, () => new Checkpoint(Describe(path, file.Metadata), file, adapters ?? []));
    }

    /// <summary>Loads the weights into a model; see <see cref="ModelWeights.Load"/>.</summary>
    public IReadOnlyList<string> LoadWeights(nn.Module model, bool averaged, bool isInitial = false) =>
        ModelWeights.Load(Weights, model, averaged, isInitial, Family.Published);

    /// <summary>Restores the state of the run at this checkpoint.</summary>
    public void Restore(TrainingState state)
    {
        state.MomentsSince = MomentsSince;
        StateTensors.Restore(File, state, Info.Step, Family.Published);
        state.Loss = Info.Loss;

        // If the metric has changed, the best value so far is meaningless, but a lowered learning rate remains in effect.
        (state.Best, state.Unimproved, state.Plateau) =
            Info.BestBy == state.BestBy ? (Best, Unimproved, Plateau) : (null, 0, new PlateauSchedule(Factor: Plateau.Factor));
        (state.Elapsed, state.Spent, state.Flops) = (Elapsed, Info.Spent, Flops);
        (state.Validated, state.IsCutOff) = (Info.Metrics, Info.IsCutOff);
        state.SkippedInARow = SkippedInARow;
        state.Rollbacks = Rollbacks;
        state.TrainLr = TrainLr ?? Config.Trainer.TrainLr;
    }

    public void Dispose()
    {
        adapted?.Dispose();
        File.Dispose();
    }

    /// <summary>Returns the path of an adapter's base model.</summary>
    /// <exception cref="TinySoraException">BaseMissing.</exception>
    internal static string BaseOf(CheckpointInfo adapter)
    {
        var path = ModelDependency.Locate(adapter.Path, adapter.AdapterOf!.Base);
        return System.IO.File.Exists(path) ? path : throw AdapterErrors.BaseMissing(adapter.Path, adapter.AdapterOf.Base);
    }

    /// <exception cref="TinySoraException">NotAnAdapter, and errors in opening the file.</exception>
    private static string NameOf(AppliedAdapter adapter)
    {
        using var file = SafetensorsFile.Open(adapter.Path);
        return AdaptedWeights.InfoOf(file).Name;
    }

    /// <summary>Returns the weights with the updates of all adapters; <c>null</c> if there are no adapters.</summary>
    private AdaptedWeights? Adapted()
    {
        // An adapter is not added to itself: the strength that is requested replaces that of the checkpoint's own adapter.
        AppliedAdapter[] own = Info.AdapterOf is null || adapters.Any(adapter => NameOf(adapter) == Info.AdapterOf.Name) ? [] : [new(Info.Path)];
        AppliedAdapter[] all = [.. own, .. adapters.Where(adapter => adapter.Strength != 0)];
        return all.Length == 0 && Info.AdapterOf is null ? null
            : new AdaptedWeights(Info.Path, File.Metadata, Info.AdapterOf is null ? Info.Path : BaseOf(Info), all, Family.Published);
    }

    internal static Dictionary<string, string> TaskMetadataIn(IReadOnlyDictionary<string, string> metadata) => metadata
        .Where(pair => pair.Key.StartsWith(TaskPrefix, StringComparison.Ordinal))
        .ToDictionary(pair => pair.Key[TaskPrefix.Length..], pair => pair.Value);

    /// <summary>Returns <see cref="TrainingState.Flops"/> as recorded in a checkpoint or an exported file.</summary>
    internal static double? FlopsIn(IReadOnlyDictionary<string, string> metadata, string path) => Optional<double>(metadata, FlopsKey, path);

    internal static CheckpointInfo Describe(string path, IReadOnlyDictionary<string, string> metadata)
    {
        var version = Required(metadata, "format_version", path);
        var named = Required(metadata, FamilyKey, path);
        if (version != FormatVersion || ModelFamilies.Find(named) is not ModelFamily family)
        {
            throw CheckpointErrors.NotOurs(path, $"format version {version} of family '{named}'");
        }

        return new CheckpointInfo(
            path,
            WholeNumber(metadata, "step", path),
            Optional<double>(metadata, LossKey, path),
            Value<DateTime>(metadata, "saved_at", path),
            (FileStamp.Of(path) ?? throw new FileNotFoundException(null, path)).Length,
            family.Name,
            Required(metadata, ConfigKey, path),
            IsBest: false)
        {
            Note = metadata.GetValueOrDefault(NoteKey),
            Spent = TimeSpan.FromSeconds(Math.Clamp(Optional<double>(metadata, SpentKey, path) ?? 0, 0, 1e9)),
            IsCutOff = metadata.ContainsKey(CutOffKey),
            Tflop = FlopCounter.Tflop(FlopsIn(metadata, path)),
            Metrics = FromJson<TextTable<double>>(metadata, MetricsKey, path, _ => true) ?? [],
            Rows = FromJson<ExpectationResults>(metadata, RowsKey, path, rows => IsList(rows.Passed) && IsList(rows.Failed)),
            BestBy = metadata.GetValueOrDefault(BestByKey, BestMetric.Loss),
            AdapterOf = FromJson<AdapterInfo>(metadata, AdapterInfo.MetadataKey, path, adapter => adapter.IsSound),
            PublishedKeys = FromJson<TextTable<string>>(metadata, PublishedKey, path, keys => !keys.ContainsValue(null!)) ?? [],
        };
    }

    /// <summary>Returns a number from the metadata, or 0 if it is missing.</summary>
    private static int Count(IReadOnlyDictionary<string, string> metadata, string key, string path) =>
        metadata.ContainsKey(key) ? WholeNumber(metadata, key, path) : 0;

    private static int WholeNumber(IReadOnlyDictionary<string, string> metadata, string key, string path) =>
        Value<int>(metadata, key, path) is >= 0 and var number ? number : throw WeightFileErrors.DamagedMetadata(path, key, metadata[key]);

    /// <summary>Returns a number from the metadata, or <c>null</c> if it is missing.</summary>
    private static T? Optional<T>(IReadOnlyDictionary<string, string> metadata, string key, string path)
        where T : struct, IParsable<T> => metadata.ContainsKey(key) ? Value<T>(metadata, key, path) : null;

    private static T? FromJson<T>(IReadOnlyDictionary<string, string> metadata, string key, string path, Func<T, bool> isSound)
        where T : class => MetadataJson.Read(metadata, key, isSound, text => WeightFileErrors.DamagedMetadata(path, key, text));

    /// <summary>Returns whether a list from JSON is complete. Despite its non-nullable type, the list may be missing or contain null items.</summary>
    private static bool IsList(IReadOnlyList<string?>? list) => list is not null && !list.Contains(null);

    private static T Value<T>(IReadOnlyDictionary<string, string> metadata, string key, string path)
        where T : IParsable<T>
    {
        var text = Required(metadata, key, path);
        return T.TryParse(text, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw WeightFileErrors.DamagedMetadata(path, key, text);
    }

    private static string Required(IReadOnlyDictionary<string, string> metadata, string key, string path) =>
        metadata.TryGetValue(key, out var value) ? value : throw CheckpointErrors.NotOurs(path, $"its metadata lacks '{key}'");
}
