using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

internal abstract class TransformerBlock(string name) : PublishedModule(name)
{
    /// <param name="x">(B, F, S, C) float32.</param>
    /// <param name="condition">Input of the modulation, (B, ...) float32.</param>
    /// <param name="text">Text embeddings (B, L, D) float32, for blocks that attend to text.</param>
    /// <returns>Same shape as <paramref name="x"/>.</returns>
    public abstract AnyTensor forward(AnyTensor x, AnyTensor condition, AnyTensor? text, TokenContext context);
}

/// <summary>Inputs that the attention layers of all blocks share in a forward pass. They have no gradients.</summary>
internal sealed record TokenContext
{
    /// <summary>Mask (B, S) of padded positions.</summary>
    public AnyTensor? SpatialPadding { get; init; }

    /// <summary>Mask (B, F) of padded frames.</summary>
    public AnyTensor? FramePadding { get; init; }

    /// <summary>Mask (B, L) of padded text embeddings.</summary>
    public AnyTensor? TextPadding { get; init; }

    /// <summary>Rotary embedding by position within a frame, for (B, F, S, heads, d).</summary>
    public RotaryTable? SpatialRotary { get; init; }

    /// <summary>Rotary embedding by frame, for (B, F, S, heads, d).</summary>
    public RotaryTable? TemporalRotary { get; init; }

    /// <summary>Positions (F, 1, C) to add only before ST-DiT's attention in time; <c>null</c> to add none.</summary>
    public AnyTensor? FrameTable { get; init; }

    /// <summary>Number of single images at the end of each clip, which are excluded from attention between frames.</summary>
    public int Images { get; init; }
}

/// <param name="TokenProjections">Layers that compute queries, or queries, keys and values, from tokens.</param>
/// <param name="TextProjections">Layers that compute keys and values from text.</param>
/// <param name="Output">Output layer of attention.</param>
internal sealed record BlockNames(
    string Attention, string[] TokenProjections, string[] TextProjections, string Output, string Mlp, (string First, string Second) Layers, string Modulation)
{
    public static BlockNames Latte { get; } = new("attn", ["qkv"], [], "proj", "mlp", ("fc1", "fc2"), "adaLN_modulation.1");

    public static BlockNames Tutorial { get; } =
        new("attn_block", ["qkv_proj"], [], "output_proj.0", "mlp_block", ("0", "2"), "adaptive_norm_layer.1");

    public static BlockNames DiT { get; } = Latte with { TokenProjections = ["to_q", "to_k", "to_v"], Output = "to_out.0" };

    public static BlockNames Cross { get; } = DiT with { TokenProjections = ["to_q"], TextProjections = ["to_k", "to_v"] };
}

/// <summary>Two linear layers that are applied to each token, with GELU or gated linear units (Shazeer 2020) between them.</summary>
internal sealed class FeedForward : PublishedModule
{
    /// <summary>Width of the hidden layer relative to that of tokens.</summary>
    private const int Ratio = 4;

    private readonly Linear _first;
    private readonly Linear _second;
    private readonly bool _isGated;

    /// <param name="isGated">Whether the hidden layer is silu(a) · b. In that case, it is two thirds as wide, rounded up to a multiple of 32.</param>
    /// <param name="names">Published names of the first and second layer.</param>
    public FeedForward(int width, bool isGated, (string First, string Second) names)
        : base(nameof(FeedForward))
    {
        var hidden = isGated ? ((Ratio * width * 2 / 3) + 31) / 32 * 32 : Ratio * width;
        _first = new Linear(width, isGated ? 2 * hidden : hidden).Xavier();
        _second = new Linear(hidden, width).Xavier();
        _isGated = isGated;
        Register([(names.First, _first), (names.Second, _second)]);
    }

    /// <param name="input">(..., C), in the type of matrix products.</param>
    public AnyTensor forward(AnyTensor input)
    {
        var hidden = _first.forward(input);
        if (!_isGated)
        {
            return _second.forward(Gelu.Tanh(hidden));
        }

        var halves = hidden.chunk(2, -1);
        return _second.forward(halves[0].silu() * halves[1]);
    }
}

/// <summary>Gaussian error linear units (Hendrycks and Gimpel 2016), in the tanh approximation that diffusion transformers use.</summary>
internal static class Gelu
{
    private static readonly double Twice = 2 * Math.Sqrt(2 / Math.PI);

    /// <summary>Returns x / 2 · (1 + tanh(√(2/π) (x + 0.044715 x³))), computed as x times the logistic function of twice tanh's argument.</summary>
    /// <returns>Same type as <paramref name="x"/>.</returns>
    public static AnyTensor Tanh(AnyTensor x)
    {
        if (x.Eager is Tensor numbers && Kernels.CanRunOn(numbers))
        {
            return Kernels.Gelu(numbers);
        }

        var wide = x.ToFloat32();
        var twice = ((wide * wide * (0.044715 * Twice)) + Twice) * wide;
        return (wide * twice.sigmoid()).type_as(x);
    }
}
