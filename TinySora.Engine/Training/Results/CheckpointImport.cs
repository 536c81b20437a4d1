using System.Globalization;
using System.Security.Cryptography;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Export;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Results;

/// <summary>
/// Imports published weights as a checkpoint: a <c>model-N.pt</c> from the published code, state dicts with the names in <see cref="PublishedWeights"/>, in
/// PyTorch formats or safetensors, or a file written by <see cref="CheckpointExport"/>. Opening checks all weights against the configuration, but only
/// <see cref="Save"/> writes files.
/// </summary>
public sealed class CheckpointImport : IDisposable
{
    private static readonly EnumerationOptions OneBelow = new() { RecurseSubdirectories = true, MaxRecursionDepth = 1 };

    private readonly ITensorFile file;
    private readonly Dictionary<string, string> taskMetadata;
    private readonly PublishedModel published;
    private readonly IReadOnlyList<ConfigDifference> set = [];

    /// <summary>Warnings about averaged weights that are not imported, and about weights without an average.</summary>
    private readonly IReadOnlyList<string> averages;

    /// <summary>Number of floating-point operations in training, as recorded in files that TinySora exported; <c>null</c> for other files.</summary>
    private readonly double? flops;

    private CheckpointImport(ITensorFile file, RunConfig config, bool keepOwn)
    {
        this.file = file;
        var own = CheckpointExport.MetadataIn(file);
        Config = keepOwn && own.TryGetValue(Checkpoint.ConfigKey, out var yaml) ? ConfigFile.ParseStored(yaml, $"{file.Path} (configuration)") : config;
        taskMetadata = Checkpoint.TaskMetadataIn(own);
        Step = StepIn(file);
        flops = own.Count > 0 ? Checkpoint.FlopsIn(own, file.Path) : 0;
        var family = ModelFamilies.Of(Config);
        var names = family.Published ?? throw CheckpointErrors.NonePublished(file.Path, family.Name);
        var trained = ModelWeights.Of(file, averaged: false, names);
        if (own.Count == 0)
        {
            var given = Config;
            Config = names.AsPublished(given, trained);
            set = ConfigFile.Compare(given, Config);
        }

        var averaged = ModelWeights.Of(file, averaged: true, names);
        published = names.Fit(file, Config, trained, averaged, taskMetadata);
        averages = [.. WarningsOfAverages(trained, averaged)];
    }

    public string SourcePath => file.Path;

    /// <summary>Configuration to store in the checkpoint.</summary>
    public RunConfig Config { get; }

    /// <summary>Step recorded in the file; 0 for a state dict.</summary>
    public int Step { get; }

    /// <summary>Warnings about unusual values in the file, one sentence each.</summary>
    public IReadOnlyList<string> Warnings =>
    [
        .. Changed.Count == 0 ? [] : new[]
        {
            $"'{file.Path}' does not specify some settings, so the values of the published code are used: "
                + string.Join(", ", Changed.Select(key => $"{key.Key} is {key.Right} instead of {key.Left}")) + ".",
        },
        .. averages, .. published.Warnings,
    ];

    /// <param name="fileOrFolder">
    /// A file; a folder of <c>model-N.pt</c> files, or else of <c>model-step-N.pt</c> files, where the highest number is used; or a folder supported by
    /// <see cref="PublishedWeights.FindModel"/>.
    /// </param>
    /// <param name="config">The model's configuration.</param>
    /// <param name="keepOwn">Whether a configuration in the file (as in files that TinySora exported) or next to it takes precedence over
    /// <paramref name="config"/>.</param>
    /// <exception cref="TinySoraException">
    /// NotFound, NoMilestone, NonePublished, errors in opening the file, and those of <see cref="PublishedWeights.Fit"/> and
    /// <see cref="PublishedWeights.FindModel"/>.
    /// </exception>
    public static CheckpointImport Open(string fileOrFolder, RunConfig config, bool keepOwn = false) => EngineThread.Run(() =>
    {
        var (path, described) = Find(fileOrFolder);
        config = keepOwn ? described ?? config : config;
        var file = TensorFile.Open(path);
        return OnFailure.Dispose(file, () => new CheckpointImport(file, config, keepOwn));
    });

    /// <summary>Returns the path of the checkpoint to write.</summary>
    public string TargetPath(string resultsFolder) => CheckpointStore.PathOf(resultsFolder, Step);

    /// <summary>Writes the checkpoint without optimizer state, so training that continues from it starts with new moments.</summary>
    /// <param name="overwrite">Whether to replace a checkpoint of the same step.</param>
    /// <returns>The checkpoint.</returns>
    /// <exception cref="TinySoraException">NameTaken, CannotUseFolder, FolderInUse, CannotWrite; Damaged: a weight is NaN or infinite.</exception>
    public CheckpointInfo Save(string resultsFolder, bool overwrite = true, CancellationToken cancellationToken = default) => EngineThread.Run(() =>
    {
        using var folder = ResultsFolder.Open(resultsFolder);
        using var scope = NewDisposeScope();
        var path = TargetPath(folder.Path);
        var seed = Config.Trainer.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        var metadata = Checkpoint.Metadata(Step, new RunDescription(Config, seed, DatasetFingerprint: "", taskMetadata)
        {
            PublishedKeys = new(set.Select(key => KeyValuePair.Create(key.Key, key.Left))),
        }, flops);
        var model = published.Model;
        var tensors = model.state_dict().Select(item => (Name: ModelWeights.ModelPrefix + item.Key, Weight: published.Trained[item.Key].As(item.Value.dtype)))
            .Concat(model.named_parameters().Select(p => (Name: ModelWeights.EmaPrefix + p.name, Weight: published.Averaged[p.name].As(float32))));
        try
        {
            SafetensorsFile.Write(path, metadata, tensors.Select(item => (item.Name, Numbers(item.Name, item.Weight))), overwrite, cancellationToken);
        }
        catch
        {
            folder.DiscardFailedStart();
            throw;
        }

        return Checkpoint.Describe(path, metadata);
    });

    public void Dispose() => EngineThread.Run(() =>
    {
        published.Model.Dispose();
        file.Dispose();
    });

    /// <summary>Keys whose configured value the import replaced, except keys whose value was null.</summary>
    private List<ConfigDifference> Changed => [.. set.Where(key => key.Left != ConfigValue.Write(null))];

    private IEnumerable<string> WarningsOfAverages(Dictionary<string, StoredTensor> trained, Dictionary<string, StoredTensor> averaged)
    {
        var sets = WeightSets.In(file);
        if (sets.LeftOut.Count > 0)
        {
            yield return $"'{file.Path}' contains other weights that appear to be averages ({Quoted(sets.LeftOut)}). They are not imported.";
        }

        // Buffers, such as batch norm statistics, do not have an average.
        var parameters = published.Model.named_parameters().Select(parameter => $".{parameter.name}").ToList();
        var lacking = sets.Averaged is null || sets.Averaged == sets.Trained ? [] : trained.Keys.Where(name => averaged[name] == trained[name]
            && parameters.Exists(own => own.EndsWith('.' + name, StringComparison.Ordinal) || ('.' + name).EndsWith(own, StringComparison.Ordinal))).ToList();
        if (lacking.Count > 0)
        {
            yield return $"Weights that have no average in '{file.Path}' are imported with their trained values only: "
                + $"{Quoted(lacking.Select(name => sets.Trained.Weights.Find(weight => weight.Weight == trained[name]).NameInFile))}.";
        }
    }

    private static string Quoted(IEnumerable<string> names) => Errors.Text.JoinLimited([.. names.Select(name => $"'{name}'")]);

    private Tensor Numbers(string name, StoredTensor weight)
    {
        var values = weight.Read();
        ModelWeights.RequireFinite(file.Path, name, values);
        return values;
    }

    /// <summary>Finds the file to import; in a folder, the one with the highest number (10 comes after 9).</summary>
    private static (string Path, RunConfig? Config) Find(string fileOrFolder)
    {
        if (!Directory.Exists(fileOrFolder))
        {
            return File.Exists(fileOrFolder) ? (fileOrFolder, null) : throw CheckpointErrors.NotFound(fileOrFolder);
        }

        var newest = Directory.EnumerateFiles(fileOrFolder, "model-*.pt")
            .Where(path => CheckpointExport.NumberOf(path) is not null)
            .OrderBy(path => CheckpointExport.NumberOf(path)).ThenBy(File.GetLastWriteTimeUtc)
            .LastOrDefault();
        return newest is not null ? (newest, null)
            : ModelFamilies.All.Select(family => family.Published?.FindModel(fileOrFolder)).FirstOrDefault(found => found is not null)
                ?? throw (PartsIn(fileOrFolder) is string part ? CheckpointErrors.InParts(fileOrFolder, part) : CheckpointErrors.NoMilestone(fileOrFolder));
    }

    /// <summary>
    /// Returns a file, in the folder or one level below, that shows that the weights are split into several files, as in an Open-Sora checkpoint; <c>null</c>
    /// if there is none.
    /// </summary>
    private static string? PartsIn(string folder) =>
        ((string[])["*.index.json", "*model_states.pt"]).SelectMany(pattern => Directory.EnumerateFiles(folder, pattern, OneBelow)).FirstOrDefault();

    private static int StepIn(ITensorFile file)
    {
        // Keys that Latte and TinySora, nanoGPT, and Lightning use.
        var text = ((string[])["step", "iter_num", "global_step"]).Select(name => file.Metadata.GetValueOrDefault(name)).OfType<string>().FirstOrDefault("0");
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? step
            : throw WeightFileErrors.Damaged(file.Path, $"its step is '{text}'");
    }
}
