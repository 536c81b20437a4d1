using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>A weight that has several names in a model, as the head of a GPT is its embedding: it is one parameter, under its first name.</summary>
internal static class TiedWeights
{
    /// <summary>The items whose weight no earlier item has.</summary>
    public static IEnumerable<T> Once<T>(IEnumerable<T> items, Func<T, Tensor> tensorOf)
    {
        var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        return items.Where(item => seen.Add(tensorOf(item)));
    }

    /// <summary>A model's parameters, each by its first name, and its buffers by all of theirs: published files name those everywhere.</summary>
    public static Dictionary<string, Tensor> State(nn.Module model)
    {
        var further = FurtherNames(model);
        return model.state_dict().Where(item => !further.ContainsKey(item.Key)).ToDictionary(item => item.Key, item => item.Value);
    }

    /// <summary>The first name of each parameter by its further names.</summary>
    public static Dictionary<string, string> FurtherNames(nn.Module model)
    {
        var first = new Dictionary<Tensor, string>(ReferenceEqualityComparer.Instance);
        return model.named_parameters().Where(item => !first.TryAdd(item.parameter, item.name))
            .ToDictionary(item => item.name, item => first[item.parameter]);
    }
}
