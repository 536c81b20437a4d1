using System.Text.Json;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>
/// The averaged weights of a base model with the updates of adapters, as if they were stored in one file. Each update is rounded to bfloat16, as in adapter
/// files, so that a run's checkpoint and its adapter file give the same model.
/// </summary>
internal sealed class AdaptedWeights : ITensorFile
{
    private readonly SafetensorsFile baseFile;
    private readonly List<Adapter> adapters = [];

    /// <param name="path">Path of the checkpoint, for messages.</param>
    /// <param name="metadata">Metadata of the checkpoint.</param>
    /// <param name="basePath">Path of the base model's checkpoint.</param>
    /// <param name="published">Rules for tensors in the base model's file; <c>null</c> if there are none.</param>
    /// <exception cref="TinySoraException">NotAnAdapter, OtherBase, OtherModel, and errors in opening the files.</exception>
    public AdaptedWeights(
        string path, IReadOnlyDictionary<string, string> metadata, string basePath, IReadOnlyList<AppliedAdapter> applied, PublishedWeights? published)
    {
        Path = path;
        baseFile = SafetensorsFile.Open(basePath);
        try
        {
            var weights = ModelWeights.Of(baseFile, averaged: true, published);
            var hash = new Lazy<string>(() => ModelWeights.Hash(baseFile, published));
            foreach (var one in applied)
            {
                var adapter = new Adapter(SafetensorsFile.Open(one.Path), one.Strength);
                adapters.Add(adapter);
                if (adapter.Info.BaseHash != hash.Value)
                {
                    throw AdapterErrors.OtherBase(one.Path, $"{adapter.Info.BaseModel} ({adapter.Info.BaseHash[..8]})", basePath, hash.Value[..8]);
                }

                adapter.Check(weights);
            }

            var words = adapters.SelectMany(adapter => adapter.Info.Words).Distinct().ToList();
            Metadata = WithWords(metadata, VocabularyOf(baseFile.Metadata), words);
            Tensors = weights.ToDictionary(item => ModelWeights.ModelPrefix + item.Key, item => Adapted(item.Key, item.Value, words));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Reads the description of an adapter from its metadata.</summary>
    /// <exception cref="TinySoraException">NotAnAdapter; DamagedMetadata.</exception>
    public static AdapterInfo InfoOf(SafetensorsFile file) => MetadataJson.Read<AdapterInfo>(
        file.Metadata, AdapterInfo.MetadataKey, info => info.IsSound, text => WeightFileErrors.DamagedMetadata(file.Path, AdapterInfo.MetadataKey, text))
        ?? throw AdapterErrors.NotAnAdapter(file.Path);

    public void Dispose()
    {
        baseFile.Dispose();
        adapters.ForEach(adapter => adapter.File.Dispose());
    }

    private static string VocabularyOf(IReadOnlyDictionary<string, string> metadata) =>
        metadata.GetValueOrDefault(Checkpoint.TaskPrefix + LearnedTextEncoder.VocabularyKey, "");

    /// <summary>Returns the metadata of the checkpoint without its adapter, and with the words of the base model and of all adapters.</summary>
    private static Dictionary<string, string> WithWords(IReadOnlyDictionary<string, string> metadata, string vocabulary, List<string> words)
    {
        var result = new Dictionary<string, string>(metadata);
        result.Remove(AdapterInfo.MetadataKey);
        if (vocabulary.Length > 0 && JsonSerializer.Deserialize<string[]>(vocabulary) is { } known)
        {
            result[Checkpoint.TaskPrefix + LearnedTextEncoder.VocabularyKey] = JsonSerializer.Serialize(known.Concat(words));
        }

        return result;
    }

    private StoredTensor Adapted(string name, StoredTensor weight, List<string> words)
    {
        var factors = adapters.Where(adapter => adapter.Tensors.ContainsKey(name + LowRankUpdates.FactorsSuffix)).ToList();
        var rows = adapters.Where(adapter => adapter.Tensors.ContainsKey(name + LowRankUpdates.RowsSuffix)).ToList();
        return factors.Count > 0
            ? new StoredTensor(float32, weight.Shape, () => Read(() => factors.Aggregate(
                weight.Read().to(float32), (sum, adapter) => LowRankUpdates.Merge(sum, adapter.Read(name + LowRankUpdates.FactorsSuffix), adapter.Strength))))
            : rows.Count > 0 ? new StoredTensor(float32, [weight.Shape[0] + words.Count, .. weight.Shape.Skip(1)], () => Read(() => Grown(rows)))
            : weight;

        Tensor Grown(List<Adapter> updates)
        {
            var table = weight.Read().to(float32);
            var unknown = table.narrow(0, WordTokenizer.Unknown, 1);
            var added = unknown.expand([words.Count, .. weight.Shape.Skip(1)]).clone();
            foreach (var adapter in updates)
            {
                var update = adapter.Read(name + LowRankUpdates.RowsSuffix);
                for (var i = 0; i < adapter.Info.Words.Count; i++)
                {
                    var row = added.narrow(0, words.IndexOf(adapter.Info.Words[i]), 1);
                    row.copy_(LowRankUpdates.MergeRows(row, update.narrow(0, i, 1), adapter.Strength));
                }
            }

            return cat([table, added], 0);
        }
    }

    private static Tensor Read(Func<Tensor> read)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        return read().MoveToOuterDisposeScope();
    }

    private sealed class Adapter
    {
        public Adapter(SafetensorsFile file, double strength)
        {
            (File, Strength) = (file, strength);
            Info = OnFailure.Dispose(file, () => InfoOf(file));
            Tensors = ModelWeights.Of(file, averaged: true);
        }

        public SafetensorsFile File { get; }

        public double Strength { get; }

        public AdapterInfo Info { get; }

        public Dictionary<string, StoredTensor> Tensors { get; }

        public Tensor Read(string name)
        {
            var values = Tensors[name].Read().to(bfloat16).to(float32);
            ModelWeights.RequireFinite(File.Path, name, values);
            return values;
        }

        /// <summary>Checks that every update belongs to a weight of the base model and has a matching shape.</summary>
        /// <exception cref="TinySoraException">OtherModel.</exception>
        public void Check(Dictionary<string, StoredTensor> weights)
        {
            var differences = Tensors.Where(item => !Fits(item.Key, item.Value.Shape))
                .Select(item => $"'{item.Key}' is not an update of the base model").ToList();
            if (differences.Count > 0)
            {
                throw CheckpointErrors.OtherModel(File.Path, differences);
            }

            bool Fits(string name, IReadOnlyList<long> shape)
            {
                var (weight, table) = (Weight(name, LowRankUpdates.FactorsSuffix), Weight(name, LowRankUpdates.RowsSuffix));
                return shape.Count == 2 && (weight is { Count: > 1 }
                    ? shape[0] == Info.Rank && shape[1] == weight[0] + weight.Skip(1).Aggregate((a, b) => a * b)
                    : table is { Count: 2 } && shape[0] == Info.Words.Count && shape[1] == table[1] && table[0] > WordTokenizer.Unknown);
            }

            IReadOnlyList<long>? Weight(string name, string suffix) => name.EndsWith(suffix, StringComparison.Ordinal)
                ? weights.GetValueOrDefault(name[..^suffix.Length])?.Shape : null;
        }
    }
}
