using System.Text.Json;

namespace TinySora.Engine.Text;

/// <summary>The shape of a CLIP text encoder. Keys missing from config.json default to those of ViT-B/32.</summary>
/// <param name="QuickGelu">Whether the activation is x·σ(1.702x) instead of the exact GELU.</param>
/// <param name="End">ID of the end token, whose embedding is the text's vector; <c>null</c> to use the token with the text's greatest ID, as the value 2 in the
/// first published files requires.</param>
internal sealed record ClipTextShape(int Width, int Layers, int Heads, int Hidden, int MaxLength, double Epsilon, bool QuickGelu, int? End)
    : TransformerShape(Width, Layers, Heads, Hidden, MaxLength, Epsilon)
{
    public static ClipTextShape Read(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        var config = json.RootElement.TryGetProperty("text_config", out var text) ? text : json.RootElement;
        var end = Positive(config, "eos_token_id", missing: 2);
        return new ClipTextShape(
            Positive(config, "hidden_size", 512),
            Positive(config, "num_hidden_layers", 12),
            Positive(config, "num_attention_heads", 8),
            Positive(config, "intermediate_size", 2048),
            Positive(config, "max_position_embeddings", 77),
            Number(config, "layer_norm_eps", 1e-5),
            Activation(config, "quick_gelu", "gelu") == "quick_gelu",
            end == 2 ? null : end);
    }

    public override IEnumerable<(string Name, long[] Shape)> Weights() =>
    [
        ("embeddings.token_embedding.weight", [-1, Width]),
        ("embeddings.position_embedding.weight", [MaxLength, Width]),
        .. Enumerable.Range(0, Layers).SelectMany(i => Layer($"encoder.layers.{i}.")),
        .. Norm("final_layer_norm"),
    ];

    private IEnumerable<(string Name, long[] Shape)> Layer(string name) =>
    [
        .. Norm(name + "layer_norm1"),
        .. Linear(name + "self_attn.q_proj", Width, Width),
        .. Linear(name + "self_attn.k_proj", Width, Width),
        .. Linear(name + "self_attn.v_proj", Width, Width),
        .. Linear(name + "self_attn.out_proj", Width, Width),
        .. Norm(name + "layer_norm2"),
        .. Linear(name + "mlp.fc1", Hidden, Width),
        .. Linear(name + "mlp.fc2", Width, Hidden),
    ];
}
