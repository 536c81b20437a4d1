using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;

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

/// <summary>Two linear layers over each token, with a GELU between them or gated linear units (Shazeer 2020).</summary>
internal sealed class FeedForward : PublishedModule
{
    /// <summary>The width of the hidden layer, over the tokens' width.</summary>
    private const int Ratio = 4;

    private readonly Linear _first;
    private readonly Linear _second;
    private readonly bool _isGated;

    /// <param name="isGated">The hidden layer is silu(a) · b, two thirds as wide, in whole vectors of 32.</param>
    /// <param name="names">Published ones, of the first layer and the second.</param>
    public FeedForward(int width, bool isGated, (string First, string Second) names)
        : base(nameof(FeedForward))
    {
        var hidden = isGated ? ((Ratio * width * 2 / 3) + 31) / 32 * 32 : Ratio * width;
        _first = new Linear(width, isGated ? 2 * hidden : hidden).Xavier();
        _second = new Linear(hidden, width).Xavier();
        _isGated = isGated;
        Register([(names.First, _first), (names.Second, _second)]);
    }

    /// <param name="input">(..., C), in the type that products take.</param>
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

/// <summary>Gaussian error linear units (Hendrycks and Gimpel 2016) in their approximate form, which is that of diffusion transformers.</summary>
internal static class Gelu
{
    private static readonly double Twice = 2 * Math.Sqrt(2 / Math.PI);

    /// <summary>x / 2 · (1 + tanh(√(2/π) (x + 0.044715 x³))), which is x times the logistic function of twice what tanh is taken of.</summary>
    /// <returns>In the type of <paramref name="x"/>.</returns>
    public static AnyTensor Tanh(AnyTensor x)
    {
        if (x.Eager is Tensor numbers && Kernels.CanRunOn(numbers))
        {
            return Kernels.Gelu(numbers);
        }

        var wide = x.Widened();
        var twice = ((wide * wide * (0.044715 * Twice)) + Twice) * wide;
        return (wide * twice.sigmoid()).type_as(x);
    }
}
