using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Interop;
using TinySora.Engine.Interop.Weights;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>Weights between a model and the tensors <c>model.*</c> and <c>ema.*</c> of a checkpoint.</summary>
public static class ModelWeights
{
    public const string ModelPrefix = "model.";
    public const string EmaPrefix = "ema.";

    /// <summary>What scripts of PyTorch call the part of a file that is the model.</summary>
    private static readonly string[] ModelParts = ["state_dict.", "model_state_dict."];

    /// <summary>What PyTorch's DistributedDataParallel puts before the names of the model that it holds.</summary>
    private const string ParallelPrefix = "module.";

    /// <summary>
    /// Fills a model from a checkpoint. Names and shapes must agree; nothing is changed when they do not.
    /// </summary>
    /// <param name="averaged">Take the averaged weights where there are any; buffers have none.</param>
    /// <param name="mayGrow">A tensor of the model may have more rows than in the file; those keep what they have.</param>
    /// <param name="published">What may lie beside the weights; null: nothing.</param>
    /// <exception cref="TinySoraException">OtherModel, with every difference.</exception>
    public static void Load(SafetensorsFile file, nn.Module model, bool averaged, bool mayGrow = false, PublishedWeights? published = null)
    {
        var weights = Of(file, averaged, published);
        var targets = TiedWeights.State(model);
        foreach (var (further, first) in TiedWeights.FurtherNames(model))
        {
            if (weights.Remove(further, out var same))
            {
                weights.TryAdd(first, same);
            }
        }

        // What published files lack keeps its first value; what only training needs is left where it is.
        foreach (var name in weights.Keys.Where(name => published?.IsOurs(name) == true && !targets.ContainsKey(name)).ToList())
        {
            weights.Remove(name);
        }

        foreach (var name in targets.Keys.Where(name => published?.IsOurs(name) == true && !weights.ContainsKey(name)).ToList())
        {
            targets.Remove(name);
        }

        Check(file.Path, weights, targets, mayGrow);
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, target) in targets)
        {
            var stored = weights[name];
            stored.CopyTo(IsGrown(stored.Shape, target.shape) ? target.narrow(0, 0, stored.Shape[0]) : target);
        }
    }

    /// <summary>
    /// The weights of a file by the names that they have in the model. A file that holds one set of weights only has them without
    /// a prefix, or as the averaged ones; tables that the published code saves beside them are left out.
    /// </summary>
    /// <param name="averaged">The averaged ones where there are any.</param>
    /// <param name="published">Tells weights from tables; null: there are no tables.</param>
    public static Dictionary<string, StoredTensor> Of(ITensorFile file, bool averaged, PublishedWeights? published = null)
    {
        string[] prefixes = [ModelPrefix, EmaPrefix, .. ModelParts];
        var prefix = prefixes.FirstOrDefault(before => file.Tensors.Keys.Any(name => name.StartsWith(before, StringComparison.Ordinal)));
        var weights = Below(file, prefix ?? "", published);
        foreach (var (name, average) in averaged ? Below(file, EmaPrefix, published) : [])
        {
            weights[name] = average;
        }

        return weights;
    }

    /// <summary>Whether a file holds the weights that training goes on with beside the averaged ones; what is exported may hold either.</summary>
    private static bool HasBoth(ITensorFile file) => new[] { ModelPrefix, EmaPrefix }
        .All(prefix => file.Tensors.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal)));

    /// <summary>Checks that a file has the weights that are asked for.</summary>
    /// <exception cref="TinySoraException">OneSetOfWeights.</exception>
    public static void Require(ITensorFile file, CheckpointWeights weights)
    {
        if (weights == CheckpointWeights.Training && !HasBoth(file))
        {
            throw CheckpointErrors.OneSetOfWeights(file.Path);
        }
    }

    /// <summary>Checks that names and shapes of weights are a model's.</summary>
    /// <param name="path">Their file, for the message.</param>
    /// <inheritdoc cref="Load"/>
    public static void Check(
        string path, IReadOnlyDictionary<string, StoredTensor> weights, Dictionary<string, Tensor> targets, bool mayGrow = false)
    {
        var differences = Differences(weights, targets, mayGrow).ToList();
        if (differences.Count > 0)
        {
            throw CheckpointErrors.OtherModel(path, differences);
        }
    }

    private static Dictionary<string, StoredTensor> Below(ITensorFile file, string prefix, PublishedWeights? published)
    {
        var weights = new Dictionary<string, StoredTensor>();
        foreach (var (name, weight) in file.Tensors.Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var own = name[prefix.Length..];
            own = own.StartsWith(ParallelPrefix, StringComparison.Ordinal) ? own[ParallelPrefix.Length..] : own;
            if (published?.IsTable(own) != true && !weights.TryAdd(published?.NameInModel(own) ?? own, weight))
            {
                throw WeightFileErrors.Damaged(file.Path, $"it has the weight '{name}' under another name, too");
            }
        }

        return weights;
    }

    private static IEnumerable<string> Differences(
        IReadOnlyDictionary<string, StoredTensor> weights, Dictionary<string, Tensor> targets, bool mayGrow)
    {
        var shapes = from item in targets
                     let stored = weights.GetValueOrDefault(item.Key)
                     where stored is not null && !stored.Shape.SequenceEqual(item.Value.shape) && !(mayGrow && IsGrown(stored.Shape, item.Value.shape))
                     select $"'{item.Key}' is ({string.Join(", ", stored.Shape)}) in the file and ({string.Join(", ", item.Value.shape)}) in the model";
        string[] missing = [.. targets.Keys.Where(name => !weights.ContainsKey(name)).Select(name => $"'{name}' is missing in the file")];
        string[] unknown = [.. weights.Keys.Where(name => !targets.ContainsKey(name)).Select(name => $"'{name}' is unknown to the model")];

        // Of both kinds some are among the first, which are what is shown: how the names differ then shows.
        var turns = Enumerable.Range(0, Math.Max(missing.Length, unknown.Length));
        return [.. shapes, .. turns.SelectMany(turn => missing.Skip(turn).Take(1).Concat(unknown.Skip(turn).Take(1)))];
    }

    private static bool IsGrown(IReadOnlyList<long> old, long[] grown) =>
        old.Count == grown.Length && old.Count > 0 && old[0] < grown[0] && old.Skip(1).SequenceEqual(grown.Skip(1));
}
