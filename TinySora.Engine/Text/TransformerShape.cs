using System.Text.Json;

namespace TinySora.Engine.Text;

/// <summary>The network shape of a frozen encoder, as described by config.json.</summary>
/// <exception cref="InvalidDataException">The width is not divisible by the number of heads.</exception>
internal abstract record TransformerShape(int Width, int Layers, int Heads, int Hidden, int MaxLength, double Epsilon)
{
    public int Heads { get; } = Width % Heads == 0
        ? Heads
        : throw new InvalidDataException($"hidden_size in config.json is {Width}, which is not divisible by {Heads} heads");

    /// <summary>Returns the names and shapes of all weights; −1 means any size.</summary>
    public abstract IEnumerable<(string Name, long[] Shape)> Weights();

    /// <param name="missing">Default for a missing key; <c>null</c> if the key is required.</param>
    protected static int Positive(JsonElement config, string key, int? missing = null) =>
        config.TryGetProperty(key, out var value)
            ? value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number > 0 ? number : throw NotPositive(key)
            : missing ?? throw NotPositive(key);

    protected static double Number(JsonElement config, string key, double missing) =>
        !config.TryGetProperty(key, out var value) ? missing
        : value.ValueKind == JsonValueKind.Number ? value.GetDouble()
        : throw new InvalidDataException($"{key} in config.json is not a number");

    /// <param name="known">Supported activations; the first is the default for a missing key.</param>
    protected static string Activation(JsonElement config, params string[] known)
    {
        var activation = config.TryGetProperty("hidden_act", out var value) ? value.GetString() : known[0];
        return known.Contains(activation)
            ? activation!
            : throw new InvalidDataException($"config.json has the activation '{activation}'; the supported activations are {string.Join(" and ", known)}");
    }

    /// <summary>Returns weight and bias of a linear layer.</summary>
    protected static IEnumerable<(string Name, long[] Shape)> Linear(string name, long outputs, long inputs) =>
        [($"{name}.weight", [outputs, inputs]), ($"{name}.bias", [outputs])];

    protected IEnumerable<(string Name, long[] Shape)> Norm(string name) => [($"{name}.weight", [Width]), ($"{name}.bias", [Width])];

    private static InvalidDataException NotPositive(string key) => new($"config.json must set '{key}' to a positive integer");
}
