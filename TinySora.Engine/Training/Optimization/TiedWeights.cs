using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>
/// Handles weights that have several names in a model, such as the head of a GPT, which is also its embedding. Each is one parameter with its first name.
/// </summary>
internal static class TiedWeights
{
    /// <summary>Returns the items whose weight does not belong to an earlier item.</summary>
    public static IEnumerable<T> Distinct<T>(IEnumerable<T> items, Func<T, Tensor> tensorOf)
    {
        var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        return items.Where(item => seen.Add(tensorOf(item)));
    }

    /// <summary>Returns a model's parameters by their first names, and its buffers by all of their names, as in published files.</summary>
    public static Dictionary<string, Tensor> State(nn.Module model)
    {
        var further = Aliases(model);
        return model.state_dict().Where(item => !further.ContainsKey(item.Key)).ToDictionary(item => item.Key, item => item.Value);
    }

    /// <summary>Maps the other names of each parameter to its first name.</summary>
    public static Dictionary<string, string> Aliases(nn.Module model)
    {
        var first = new Dictionary<Tensor, string>(ReferenceEqualityComparer.Instance);
        return model.named_parameters().Where(item => !first.TryAdd(item.parameter, item.name))
            .ToDictionary(item => item.name, item => first[item.parameter]);
    }
}
