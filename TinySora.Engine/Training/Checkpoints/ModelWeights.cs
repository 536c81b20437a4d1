using System.Security.Cryptography;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Layers;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>Transfers weights between a model and the <c>model.*</c> and <c>ema.*</c> tensors of a checkpoint.</summary>
public static class ModelWeights
{
    public const string ModelPrefix = "model.";
    public const string EmaPrefix = "ema.";

    /// <summary>Loads a model from a checkpoint. Names and shapes must match; otherwise nothing is changed.</summary>
    /// <param name="averaged">Whether to use averaged weights if the file has them; buffers do not have an average.</param>
    /// <param name="isInitial">
    /// Whether the model starts a new run. Its tensors may then have more rows than in the file. The model may have additional layers that are
    /// <see cref="IIdentityAtFirst"/>, and either side may have a network that only training uses. Rows and layers that the file does not contain keep their
    /// values.
    /// </param>
    /// <param name="published">Rules for tensors in the file other than weights; <c>null</c> if there are none.</param>
    /// <returns>Names of the networks that only training uses and that are missing from the file.</returns>
    /// <exception cref="TinySoraException">OtherModel, which lists every difference.</exception>
    public static IReadOnlyList<string> Load(
        ITensorFile file, nn.Module model, bool averaged, bool isInitial = false, PublishedWeights? published = null)
    {
        var weights = Of(file, averaged, published);
        var targets = TiedWeights.State(model);
        foreach (var (further, first) in TiedWeights.Aliases(model))
        {
            if (weights.Remove(further, out var same))
            {
                weights.TryAdd(first, same);
            }
        }

        // Tensors that are not in published files may be missing from either side, and so may networks that only training uses, but not in part.
        var isOnOneSide = isInitial && published is not null && !(weights.Keys.Any(published.IsForTraining) && targets.Keys.Any(published.IsForTraining));
        bool IsOptional(string name) => published is not null && (published.IsOurs(name) || (isOnOneSide && published.IsForTraining(name)));
        foreach (var name in weights.Keys.Where(name => IsOptional(name) && !targets.ContainsKey(name)).ToList())
        {
            weights.Remove(name);
        }

        var missing = targets.Keys.Where(name => IsOptional(name) && !weights.ContainsKey(name)).ToList();
        foreach (var name in missing.Concat(isInitial ? AddedLayers(model, weights) : []))
        {
            targets.Remove(name);
        }

        Check(file.Path, weights, targets, isInitial);
        Fill(file.Path, weights, targets);
        return [.. missing.Where(name => !published!.IsOurs(name)).Select(name => name.Split('.')[0]).Distinct()];
    }

    /// <summary>Returns the names of the weights of layers that start as the identity and are missing from a file.</summary>
    private static List<string> AddedLayers(nn.Module model, Dictionary<string, StoredTensor> weights) =>
        [.. from item in model.named_modules()
            where item.module is IIdentityAtFirst && !weights.Keys.Any(name => name.StartsWith(item.name + ".", StringComparison.Ordinal))
            from name in item.module.state_dict().Keys
            select $"{item.name}.{name}"];

    /// <summary>Copies weights into the tensors of a model after <see cref="Check"/>.</summary>
    /// <exception cref="TinySoraException">Damaged: a weight is NaN or infinite, so the model would generate black clips.</exception>
    public static void Fill(string path, IReadOnlyDictionary<string, StoredTensor> weights, Dictionary<string, Tensor> targets)
    {
        using var nothing = no_grad();
        foreach (var (name, target) in targets)
        {
            using var scope = NewDisposeScope();
            var stored = weights[name];
            var filled = IsGrown(stored.Shape, target.shape) ? target.narrow(0, 0, stored.Shape[0]) : target;
            stored.CopyTo(filled);
            RequireFinite(path, name, filled);
        }
    }

    /// <summary>Checks that a weight contains neither NaN nor infinite values.</summary>
    /// <exception cref="TinySoraException">Damaged.</exception>
    public static void RequireFinite(string path, string name, Tensor weight)
    {
        if (NonFinite(weight) is string values)
        {
            throw WeightFileErrors.Damaged(path, $"'{name}' contains {values}");
        }
    }

    /// <summary>Describes the non-finite values of a tensor; <c>null</c> if all are finite.</summary>
    public static string? NonFinite(Tensor weight)
    {
        using var scope = NewDisposeScope();
        return !weight.is_floating_point() || weight.isfinite().all().item<bool>() ? null : weight.isnan().any().item<bool>() ? "NaN" : "infinite values";
    }

    /// <summary>
    /// Returns the weights in a file by their names in the model, without the constant tables that published code saves with the weights. If a file has only
    /// one set of weights, their names in the file have no prefix or the prefix of the average; see <see cref="WeightSets"/>.
    /// </summary>
    /// <param name="averaged">Whether to use averaged weights if the file has them. For tensors without an average, such as buffers, the trained ones are
    /// returned.</param>
    /// <param name="published">Distinguishes weights from tables; <c>null</c> if there are no tables.</param>
    /// <exception cref="TinySoraException">Damaged: two weights have the same name.</exception>
    public static Dictionary<string, StoredTensor> Of(ITensorFile file, bool averaged, PublishedWeights? published = null)
    {
        var sets = WeightSets.In(file);
        var weights = Named(file, sets.Trained, published);
        foreach (var (name, average) in averaged && sets.Averaged is WeightSet set ? Named(file, set, published) : [])
        {
            weights[name] = average;
        }

        return weights;
    }

    /// <summary>Checks that a file has the requested weights.</summary>
    /// <exception cref="TinySoraException">OneSetOfWeights.</exception>
    public static void Require(ITensorFile file, CheckpointWeights weights)
    {
        if (weights == CheckpointWeights.Training && WeightSets.In(file) is var sets && (sets.Averaged is null || sets.Averaged == sets.Trained))
        {
            throw CheckpointErrors.OneSetOfWeights(file.Path);
        }
    }

    /// <summary>Fills tensors with the weights of a published file.</summary>
    /// <exception cref="TinySoraException">OtherModel, and errors in opening the file.</exception>
    public static void Fill(string path, Dictionary<string, Tensor> targets, PublishedWeights? published = null)
    {
        using var scope = NewDisposeScope();
        using var file = TensorFile.Open(path);
        Fill(file, targets, published);
    }

    /// <summary>Fills tensors with the trained weights of a file.</summary>
    /// <exception cref="TinySoraException">OtherModel; Damaged: a weight is NaN or infinite.</exception>
    public static void Fill(ITensorFile file, Dictionary<string, Tensor> targets, PublishedWeights? published = null)
    {
        var weights = Of(file, averaged: false, published);
        Check(file.Path, weights, targets);
        Fill(file.Path, weights, targets);
    }

    /// <summary>Returns a hash of the averaged weights in a file, by which an adapter identifies its base model: 64 hexadecimal digits.</summary>
    public static string Hash(ITensorFile file, PublishedWeights? published)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, weight) in Of(file, averaged: true, published).Where(item => published?.IsOurs(item.Key) != true)
            .OrderBy(item => item.Key, StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            WeightHash.Append(hash, name, weight.Read());
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>Adds the model's initial values for weights that are missing from a published file, then checks that no other weight is missing.</summary>
    /// <param name="isNew">Function that returns whether a weight of the model may be missing from the file.</param>
    /// <exception cref="TinySoraException">OtherModel, which lists every difference.</exception>
    public static void Complete(
        string path, Dictionary<string, Tensor> targets, Func<string, bool> isNew, params IEnumerable<Dictionary<string, StoredTensor>> sets)
    {
        foreach (var weights in sets)
        {
            foreach (var (name, target) in targets.Where(item => isNew(item.Key)))
            {
                weights.TryAdd(name, new StoredTensor(target.dtype, target.shape, target.clone));
            }

            Check(path, weights, targets);
        }
    }

    /// <summary>Checks that the names and shapes of weights match a model.</summary>
    /// <param name="path">Path of the file with the weights, for the message.</param>
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

    private static Dictionary<string, StoredTensor> Named(ITensorFile file, WeightSet set, PublishedWeights? published)
    {
        var weights = new Dictionary<string, StoredTensor>();
        foreach (var (name, nameInFile, weight) in set.Weights.Where(weight => published?.IsTable(weight.Name) != true))
        {
            if (!weights.TryAdd(published?.NameInModel(name) ?? name, weight))
            {
                throw WeightFileErrors.Damaged(file.Path, $"weight '{nameInFile}' also occurs under another name");
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
        string[] missing = [.. targets.Keys.Where(name => !weights.ContainsKey(name)).Select(name => $"'{name}' is missing from the file")];
        string[] unknown = [.. weights.Keys.Where(name => !targets.ContainsKey(name)).Select(name => $"'{name}' is not part of the model")];

        // Alternate between missing and unknown names: the message shows only the first differences, which should show both naming schemes.
        var turns = Enumerable.Range(0, Math.Max(missing.Length, unknown.Length));
        return [.. shapes, .. turns.SelectMany(turn => missing.Skip(turn).Take(1).Concat(unknown.Skip(turn).Take(1)))];
    }

    private static bool IsGrown(IReadOnlyList<long> old, long[] grown) =>
        old.Count == grown.Length && old.Count > 0 && old[0] < grown[0] && old.Skip(1).SequenceEqual(grown.Skip(1));
}
