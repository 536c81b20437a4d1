using System.Text.Json;

namespace TinySora.Engine.Text;

/// <summary>What config.json says about the network of a frozen encoder.</summary>
/// <exception cref="InvalidDataException">The width cannot be split among the heads.</exception>
internal abstract record TransformerShape(int Width, int Layers, int Heads, int Hidden, int MaxLength, double Epsilon)
{
    public int Heads { get; } = Width % Heads == 0
        ? Heads
        : throw new InvalidDataException($"the {Width} of hidden_size in config.json cannot be split among {Heads} heads");

    /// <summary>Names and shapes of all weights; −1 is any size.</summary>
    public abstract IEnumerable<(string Name, long[] Shape)> Weights();

    /// <param name="missing">Stands for a key that is not there; null: it must be.</param>
    protected static int Positive(JsonElement config, string key, int? missing = null) =>
        config.TryGetProperty(key, out var value)
            ? value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number > 0 ? number : throw NotPositive(key)
            : missing ?? throw NotPositive(key);

    protected static double Number(JsonElement config, string key, double missing) =>
        !config.TryGetProperty(key, out var value) ? missing
        : value.ValueKind == JsonValueKind.Number ? value.GetDouble()
        : throw new InvalidDataException($"{key} in config.json is no number");

    /// <param name="known">The first stands for a key that is not there.</param>
    protected static string Activation(JsonElement config, params string[] known)
    {
        var activation = config.TryGetProperty("hidden_act", out var value) ? value.GetString() : known[0];
        return known.Contains(activation)
            ? activation!
            : throw new InvalidDataException($"config.json asks for the activation '{activation}'; only {string.Join(" and ", known)} are known");
    }

    /// <summary>Weight and bias of a linear layer.</summary>
    protected static IEnumerable<(string Name, long[] Shape)> Linear(string name, long outputs, long inputs) =>
        [($"{name}.weight", [outputs, inputs]), ($"{name}.bias", [outputs])];

    protected IEnumerable<(string Name, long[] Shape)> Norm(string name) => [($"{name}.weight", [Width]), ($"{name}.bias", [Width])];

    private static InvalidDataException NotPositive(string key) => new($"config.json has no positive number '{key}'");
}
