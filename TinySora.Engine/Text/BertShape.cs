using System.Text.Json;

namespace TinySora.Engine.Text;

/// <summary>What config.json says about the network.</summary>
internal sealed record BertShape(int Width, int Layers, int Heads, int Hidden, int MaxLength, double Epsilon)
{
    public static BertShape Read(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        int Positive(string key) =>
            json.RootElement.TryGetProperty(key, out var value) && value.TryGetInt32(out var number) && number > 0
                ? number
                : throw new InvalidDataException($"config.json has no positive number '{key}'");
        if (json.RootElement.TryGetProperty("hidden_act", out var activation) && activation.GetString() != "gelu")
        {
            throw new InvalidDataException($"config.json asks for the activation '{activation}'; only gelu is known");
        }

        var shape = new BertShape(
            Positive("hidden_size"),
            Positive("num_hidden_layers"),
            Positive("num_attention_heads"),
            Positive("intermediate_size"),
            Positive("max_position_embeddings"),
            json.RootElement.TryGetProperty("layer_norm_eps", out var epsilon) ? epsilon.GetDouble() : 1e-12);
        return shape.Width % shape.Heads == 0
            ? shape
            : throw new InvalidDataException($"the {shape.Width} of hidden_size in config.json cannot be split among {shape.Heads} heads");
    }

    /// <summary>Names and shapes of all weights; −1 is any size.</summary>
    public IEnumerable<(string Name, long[] Shape)> Weights()
    {
        yield return ("embeddings.word_embeddings.weight", [-1, Width]);
        yield return ("embeddings.position_embeddings.weight", [MaxLength, Width]);
        yield return ("embeddings.token_type_embeddings.weight", [-1, Width]);
        var layers = Enumerable.Range(0, Layers).Select(i => $"encoder.layer.{i}.").ToArray();
        foreach (var norm in layers.SelectMany(l => new[] { l + "attention.output", l + "output" }).Prepend("embeddings"))
        {
            yield return ($"{norm}.LayerNorm.weight", [Width]);
            yield return ($"{norm}.LayerNorm.bias", [Width]);
        }

        foreach (var layer in layers)
        {
            foreach (var (part, outputs, inputs) in new[]
            {
                ("attention.self.query", Width, Width), ("attention.self.key", Width, Width), ("attention.self.value", Width, Width),
                ("attention.output.dense", Width, Width), ("intermediate.dense", Hidden, Width), ("output.dense", Width, Hidden),
            })
            {
                yield return ($"{layer}{part}.weight", [outputs, inputs]);
                yield return ($"{layer}{part}.bias", [outputs]);
            }
        }
    }
}
