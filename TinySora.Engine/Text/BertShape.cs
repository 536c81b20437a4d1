using System.Text.Json;

namespace TinySora.Engine.Text;

/// <summary>The shape of a BERT, from a config.json that must contain all keys.</summary>
internal sealed record BertShape(int Width, int Layers, int Heads, int Hidden, int MaxLength, double Epsilon)
    : TransformerShape(Width, Layers, Heads, Hidden, MaxLength, Epsilon)
{
    public static BertShape Read(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        var config = json.RootElement;
        Activation(config, "gelu");
        return new BertShape(
            Positive(config, "hidden_size"),
            Positive(config, "num_hidden_layers"),
            Positive(config, "num_attention_heads"),
            Positive(config, "intermediate_size"),
            Positive(config, "max_position_embeddings"),
            Number(config, "layer_norm_eps", 1e-12));
    }

    public override IEnumerable<(string Name, long[] Shape)> Weights() =>
    [
        ("embeddings.word_embeddings.weight", [-1, Width]),
        ("embeddings.position_embeddings.weight", [MaxLength, Width]),
        ("embeddings.token_type_embeddings.weight", [-1, Width]),
        .. Norm("embeddings.LayerNorm"),
        .. Enumerable.Range(0, Layers).SelectMany(i => Layer($"encoder.layer.{i}.")),
    ];

    private IEnumerable<(string Name, long[] Shape)> Layer(string name) =>
    [
        .. Linear(name + "attention.self.query", Width, Width),
        .. Linear(name + "attention.self.key", Width, Width),
        .. Linear(name + "attention.self.value", Width, Width),
        .. Linear(name + "attention.output.dense", Width, Width),
        .. Norm(name + "attention.output.LayerNorm"),
        .. Linear(name + "intermediate.dense", Hidden, Width),
        .. Linear(name + "output.dense", Width, Hidden),
        .. Norm(name + "output.LayerNorm"),
    ];
}
