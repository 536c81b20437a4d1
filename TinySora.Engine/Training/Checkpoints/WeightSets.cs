using System.Text.RegularExpressions;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.Weights;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>One set of weights in a file: the trained weights or their average.</summary>
/// <param name="Prefix">Keys that lead to the set, joined by dots; empty if the names in the file have no prefix.</param>
internal sealed record WeightSet(string Prefix)
{
    /// <summary>Whether the weights are a moving average.</summary>
    public bool IsAveraged { get; set; }

    /// <summary>Weights with their names in the file, and their names without the prefix and wrappers (<see cref="WrapperNames"/>).</summary>
    public List<(string Name, string NameInFile, StoredTensor Weight)> Weights { get; init; } = [];

    /// <summary>Returns the number of weights whose names also occur in another set.</summary>
    public int CountIn(WeightSet other) => Weights.Select(weight => weight.Name).Intersect(other.Weights.Select(weight => weight.Name)).Count();
}

/// <summary>
/// The trained weights and their average in a file, found by the keys that training scripts use: <c>model</c> and <c>ema</c> (DiT, Latte, TinySora),
/// <c>state_dict</c> and <c>state_dict_ema</c> (timm), <c>model</c> and <c>model_ema</c> (torchvision), <c>ema.online_model</c> and <c>ema.ema_model</c>
/// (ema-pytorch), AveragedModel of torch.optim.swa_utils, <c>current_model_state</c> and <c>state_dict</c> (Lightning), LitEma, and any X and X_ema.
/// </summary>
internal sealed partial class WeightSets
{
    private static readonly HashSet<string> AverageWords = ["ema", "swa", "avg", "average", "averaged", "averages", "shadow", "polyak", "target", "teacher"];

    /// <summary>Words in the keys of trained weights in files that also contain their average.</summary>
    private static readonly HashSet<string> TrainedWords = ["online", "student"];

    /// <summary>Words in the keys under which training scripts save a model. No model family has a top-level layer with one of these names.</summary>
    private static readonly HashSet<string> ModelWords =
        ["model", "models", "state", "dict", "net", "params", "parameters", "weights", CurrentWord, .. TrainedWords];

    /// <summary>Word in Lightning's key of the trained weights, which it uses if <c>state_dict</c> contains the average.</summary>
    private const string CurrentWord = "current";

    /// <summary>Counter that identifies PyTorch's AveragedModel.</summary>
    private const string AveragedCount = "n_averaged";

    /// <summary>Names of scalars that averages store in addition to the weights.</summary>
    private static readonly HashSet<string> Counters = [AveragedCount, "initted", "step", "decay", "num_updates"];

    /// <summary>Words in the keys of an optimizer's moments, which are averages of gradients and not of weights.</summary>
    private static readonly HashSet<string> MomentWords = ["exp", "sq", "square", "grad"];

    /// <summary>Words in the keys of optimizer state, whose tensors are not weights.</summary>
    private static readonly HashSet<string> OptimizerWords = ["opt", "optim", "optimizer", "optimizers"];

    private readonly Dictionary<string, WeightSet> sets = [];

    /// <summary>The words that each top-level key consists of.</summary>
    private readonly List<List<string>> tops;

    private WeightSets(ITensorFile file)
    {
        var names = file.Tensors.Keys.ToDictionary(name => name, WrapperNames.Parts);
        tops = [.. names.Values.Select(parts => parts[0]).Distinct().Select(Words)];
        var counted = names.Values.Where(parts => parts.Length > 1 && parts[^1] == AveragedCount).Select(parts => string.Join('.', parts[..^1])).ToHashSet();
        foreach (var (name, parts) in names)
        {
            if (parts.Length > 1 && Words(parts[0]).Any(OptimizerWords.Contains))
            {
                continue;
            }

            var (length, isAveraged) = Prefix(parts, counted);
            var own = string.Join('.', parts[length..]);
            if (!Counters.Contains(own) || file.Tensors[name].Shape.Any(size => size > 1))
            {
                var prefix = string.Join('.', parts[..length]);
                var set = sets.TryGetValue(prefix, out var known) ? known : sets[prefix] = new(prefix) { IsAveraged = isAveraged };
                set.Weights.Add((own, name, file.Tensors[name]));
            }
        }

        Choose();
        var taken = Trained.Weights.Concat(Averaged?.Weights ?? []).Select(weight => weight.NameInFile).ToHashSet();
        LeftOut = [.. names.Where(item => !taken.Contains(item.Key)).Select(item => AverageIn(item.Value)).OfType<string>().GroupBy(path => path)
            .Where(group => 2 * group.Count() >= Trained.Weights.Count).Select(group => group.Key)];
    }

    /// <summary>The trained weights, with which training can continue; the average if the file has no other weights.</summary>
    public WeightSet Trained { get; private set; } = new("");

    /// <summary>Moving average of the weights; <c>null</c> if the file does not contain one.</summary>
    public WeightSet? Averaged { get; private set; }

    /// <summary>Keys of other weights that appear to be averages, but are not used.</summary>
    public IReadOnlyList<string> LeftOut { get; }

    public static WeightSets In(ITensorFile file) => new(file);

    private void Choose()
    {
        var averaged = sets.Values.Where(set => set.IsAveraged).ToList();
        var trained = sets.Values.Where(set => !set.IsAveraged && set.Prefix.Length > 0).ToList();
        if (averaged.Count == 0 && trained.Find(set => Words(set.Prefix).Contains(CurrentWord)) is WeightSet current && trained.Count > 1)
        {
            averaged = [.. trained.Where(set => set != current)];
            trained = [current];
        }

        // Names without a prefix may belong to an optimizer. Use them only if there are no other weights or the average has the same names.
        var bare = sets.GetValueOrDefault("");
        var best = trained.OrderByDescending(set => set.Weights.Count).ThenBy(set => set.Prefix.Count(c => c == '.')).FirstOrDefault()
            ?? (bare is not null && (averaged.Count == 0 || averaged.Exists(set => 2 * Undotted(set, bare).CountIn(bare) > set.Weights.Count)) ? bare : null);
        var match = averaged.Select(set => best is null ? set : Undotted(set, best)).MaxBy(set => best is null ? set.Weights.Count : set.CountIn(best));
        Averaged = match is not null && (best is null || match.CountIn(best) > 0) ? match : null;
        Trained = best ?? Averaged ?? Trained;
    }

    /// <summary>Returns the number of leading keys that precede a weight's name in the model, and whether these keys indicate an average.</summary>
    private (int Length, bool IsAveraged) Prefix(string[] parts, HashSet<string> counted)
    {
        var (length, isAveraged) = (0, false);
        while (length < parts.Length - 1)
        {
            var words = Words(parts[length]);
            var isAverage = words.Any(AverageWords.Contains);
            var isKey = words.Count == 0 ? isAveraged : isAverage || words.All(ModelWords.Contains) || (length == 0 && HasAverage(words));
            if (!isKey)
            {
                break;
            }

            isAveraged = isAverage || (isAveraged && !words.Contains("online"));
            length++;
        }

        var top = Enumerable.Range(0, parts.Length - 1).FirstOrDefault(i => counted.Contains(string.Join('.', parts[..(i + 1)])), -1) + 1;
        return top > 0 ? (Math.Max(top, length), true) : (length, isAveraged);
    }

    /// <summary>
    /// Returns whether the file has an average for the key with the given words, whose key differs only in the word that marks it as an average or as trained,
    /// such as ema_unet for unet, or target_network for online_network.
    /// </summary>
    private bool HasAverage(List<string> words) => tops.Exists(other => other.Any(AverageWords.Contains)
        && other.Where(word => !AverageWords.Contains(word)).SequenceEqual(words.Where(word => !TrainedWords.Contains(word))));

    /// <summary>Restores the dots that LitEma removes from names.</summary>
    private static WeightSet Undotted(WeightSet averaged, WeightSet trained)
    {
        var names = trained.Weights.GroupBy(weight => weight.Name.Replace(".", "", StringComparison.Ordinal))
            .ToDictionary(same => same.Key, same => same.First().Name);
        return averaged.CountIn(trained) > 0 ? averaged
            : averaged with { Weights = [.. averaged.Weights.Select(weight => weight with { Name = names.GetValueOrDefault(weight.Name, weight.Name) })] };
    }

    /// <summary>Returns the part of a name up to the last key that indicates an average; <c>null</c> if no key indicates an average.</summary>
    private static string? AverageIn(string[] parts)
    {
        var last = Array.FindLastIndex(parts[..^1], part => Words(part) is var words && words.Any(AverageWords.Contains) && !words.Any(MomentWords.Contains));
        return last < 0 ? null : string.Join('.', parts[..(last + 1)]);
    }

    private static List<string> Words(string key) => [.. Word().Matches(key).Select(match => match.Value.ToLowerInvariant())];

    [GeneratedRegex("[A-Z]+(?![a-z])|[A-Z]?[a-z]+")]
    private static partial Regex Word();
}

/// <summary>Selects one of the two sets of weights in a checkpoint.</summary>
public enum CheckpointWeights
{
    /// <summary>The moving average of the weights (EMA), which usually generates better videos.</summary>
    Averaged,

    /// <summary>The weights that training continues with.</summary>
    Training,
}
