using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

internal abstract class TransformerBlock(string name) : PublishedModule(name)
{
    /// <param name="x">(B, F, S, C) float32.</param>
    /// <param name="condition">What modulates: (B, ...) float32.</param>
    /// <param name="text">(B, L, D) float32, where blocks attend to text.</param>
    /// <returns>Like <paramref name="x"/>.</returns>
    public abstract AnyTensor forward(AnyTensor x, AnyTensor condition, AnyTensor? text, TokenContext context);
}

/// <summary>What the attentions of all blocks share in one forward pass, none of it with a gradient.</summary>
internal sealed record TokenContext
{
    /// <summary>The places that are padding, (B, S) booleans.</summary>
    public AnyTensor? AbsentPlaces { get; init; }

    /// <summary>The frames that are padding, (B, F) booleans.</summary>
    public AnyTensor? AbsentFrames { get; init; }

    /// <summary>The states of text that are padding, (B, L) booleans.</summary>
    public AnyTensor? AbsentText { get; init; }

    /// <summary>The rotation of (B, F, S, heads, d) by the place within a frame.</summary>
    public Rotation? Places { get; init; }

    /// <summary>The rotation of (B, F, S, heads, d) by the frame.</summary>
    public Rotation? Times { get; init; }

    /// <summary>(F, 1, C): positions that are added where a block of ST-DiT attends in time, and only there; null: it adds none.</summary>
    public AnyTensor? FrameTable { get; init; }

    /// <summary>Frames at the end that are pictures by themselves: no frame sees them, nor do they see one.</summary>
    public int Images { get; init; }
}

/// <summary>How the published code calls the layers of a block.</summary>
/// <param name="OfTokens">Those of attention that make queries, or queries, keys and values, of tokens.</param>
/// <param name="OfText">Those that make keys and values of text.</param>
/// <param name="Output">The one behind attention.</param>
internal sealed record BlockNames(
    string Attention, string[] OfTokens, string[] OfText, string Output, string Mlp, (string First, string Second) Layers, string Modulation)
{
    public static BlockNames Latte { get; } = new("attn", ["qkv"], [], "proj", "mlp", ("fc1", "fc2"), "adaLN_modulation.1");

    public static BlockNames Tutorial { get; } =
        new("attn_block", ["qkv_proj"], [], "output_proj.0", "mlp_block", ("0", "2"), "adaptive_norm_layer.1");

    public static BlockNames DiT { get; } = Latte with { OfTokens = ["to_q", "to_k", "to_v"], Output = "to_out.0" };

    public static BlockNames Cross { get; } = DiT with { OfTokens = ["to_q"], OfText = ["to_k", "to_v"] };
}
