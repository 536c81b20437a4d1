using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

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
    /// <exception cref="TinySoraException">OtherModel, with every difference.</exception>
    public static void Load(SafetensorsFile file, nn.Module model, bool averaged, bool mayGrow = false)
    {
        var weights = Of(file, averaged);
        var targets = model.state_dict();
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
    /// a prefix; tables of a noise schedule, which the published code saves beside them, are left out.
    /// </summary>
    /// <param name="averaged">The averaged ones where there are any.</param>
    public static Dictionary<string, StoredTensor> Of(ITensorFile file, bool averaged)
    {
        var weights = Below(file, ModelPrefix);
        if (weights.Count == 0)
        {
            weights = Below(file, "");
        }

        foreach (var (name, average) in averaged ? Below(file, EmaPrefix) : [])
        {
            weights[name] = average;
        }

        return weights;
    }

    /// <summary>Names and shapes of weights must be a model's.</summary>
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

    private static Dictionary<string, StoredTensor> Below(ITensorFile file, string prefix) => file.Tensors
        .Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal) && !NoiseSchedule.TableNames.Contains(item.Key[prefix.Length..]))
        .ToDictionary(item => item.Key[prefix.Length..], item => item.Value);

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
