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
        var targets = model.state_dict();
        var differences = Differences(file, targets, mayGrow).ToList();
        if (differences.Count > 0)
        {
            throw CheckpointErrors.OtherModel(file.Path, differences);
        }

        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, target) in targets)
        {
            var source = averaged && file.Entries.ContainsKey(EmaPrefix + name) ? EmaPrefix + name : ModelPrefix + name;
            var shape = file.Entries[source].Shape;
            file.CopyTo(source, IsGrown(shape, target.shape) ? target.narrow(0, 0, shape[0]) : target);
        }
    }

    private static IEnumerable<string> Differences(SafetensorsFile file, Dictionary<string, Tensor> targets, bool mayGrow)
    {
        foreach (var (name, target) in targets)
        {
            if (!file.Entries.TryGetValue(ModelPrefix + name, out var entry))
            {
                yield return $"'{name}' is missing in the file";
            }
            else if (!entry.Shape.SequenceEqual(target.shape) && !(mayGrow && IsGrown(entry.Shape, target.shape)))
            {
                yield return $"'{name}' is ({string.Join(", ", entry.Shape)}) in the file and "
                    + $"({string.Join(", ", target.shape)}) in the model";
            }
        }

        foreach (var name in file.Entries.Keys.Where(key => key.StartsWith(ModelPrefix, StringComparison.Ordinal)))
        {
            if (!targets.ContainsKey(name[ModelPrefix.Length..]))
            {
                yield return $"'{name[ModelPrefix.Length..]}' is unknown to the model";
            }
        }
    }

    private static bool IsGrown(IReadOnlyList<long> old, long[] grown) =>
        old.Count == grown.Length && old.Count > 0 && old[0] < grown[0] && old.Skip(1).SequenceEqual(grown.Skip(1));
}
