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
        string[] prefixes = [ModelPrefix, EmaPrefix];
        var prefix = prefixes.FirstOrDefault(before => file.Tensors.Keys.Any(name => name.StartsWith(before, StringComparison.Ordinal)));
        var weights = Below(file, prefix ?? "", published);
        foreach (var (name, average) in averaged ? Below(file, EmaPrefix, published) : [])
        {
            weights[name] = average;
        }

        return weights;
    }

    /// <summary>Whether a file holds the weights that training goes on with beside the averaged ones; what is exported may hold either.</summary>
    public static bool HasBoth(ITensorFile file) => new[] { ModelPrefix, EmaPrefix }
        .All(prefix => file.Tensors.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal)));

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
        foreach (var (name, target) in targets)
        {
            if (!weights.TryGetValue(name, out var stored))
            {
                yield return $"'{name}' is missing in the file";
            }
            else if (!stored.Shape.SequenceEqual(target.shape) && !(mayGrow && IsGrown(stored.Shape, target.shape)))
            {
                yield return $"'{name}' is ({string.Join(", ", stored.Shape)}) in the file and "
                    + $"({string.Join(", ", target.shape)}) in the model";
            }
        }

        foreach (var name in weights.Keys.Where(name => !targets.ContainsKey(name)))
        {
            yield return $"'{name}' is unknown to the model";
        }
    }

    private static bool IsGrown(IReadOnlyList<long> old, long[] grown) =>
        old.Count == grown.Length && old.Count > 0 && old[0] < grown[0] && old.Skip(1).SequenceEqual(grown.Skip(1));
}
