namespace TinySora.Engine.Families.LatentTransformer.Networks;

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
