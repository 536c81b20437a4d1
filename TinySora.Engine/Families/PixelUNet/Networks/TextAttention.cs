using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>The vectors of a text that positions attend to.</summary>
/// <param name="States">(B, S, D).</param>
/// <param name="Bias">Bias of each vector's logits, (B, S): 0 for a vector with weight 1, very low for a vector to ignore.</param>
public sealed record TextTokens(AnyTensor States, AnyTensor Bias);

/// <summary>
/// Attention from positions to the tokens of a text (Rombach et al. 2022), so that a position can follow other words than its neighbor. It is initialized
/// as the identity, so that it can be added to a trained network.
/// </summary>
public sealed class TextAttention : nn.Module, IIdentityAtFirst
{
    private readonly LayerNorm norm;
    private readonly Linear to_q;
    private readonly Linear to_kv;
    private readonly Linear to_out;
    private readonly int _heads;
    private readonly int _headWidth;

    /// <param name="textWidth">Width D of the tokens.</param>
    public TextAttention(int channels, int textWidth, int heads, int headWidth)
        : base(nameof(TextAttention))
    {
        (_heads, _headWidth) = (heads, headWidth);
        var inner = heads * headWidth;
        norm = new LayerNorm(channels);
        to_q = new Linear(channels, inner, hasBias: false);
        to_kv = new Linear(textWidth, 2 * inner, hasBias: false);
        to_out = new Linear(inner, channels, hasBias: false).Zeroed();
        RegisterComponents();
    }

    /// <returns><c>null</c> if the configuration does not ask for it.</returns>
    public static TextAttention? OrNull(ModelConfig config, int channels) =>
        config is { TextAttention: true, CondDim: int width } ? new(channels, width, config.AttnHeads, config.AttnDimHead) : null;

    /// <param name="x">(B, F, H, W, C).</param>
    public AnyTensor forward(AnyTensor x, TextTokens text)
    {
        var (b, s) = (text.States.shape[0], text.States.shape[1]);
        var q = to_q.forward(norm.forward(x)).reshape(b, -1, _heads, _headWidth).transpose(1, 2);                      // (B, h, F·H·W, d)
        var kv = to_kv.forward(text.States.ToComputeType()).reshape(b, s, 2, _heads, _headWidth).permute(2, 0, 3, 1, 4); // (2, B, h, S, d)
        var mixed = ScaledDotProduct.Attend(q, kv.select(0, 0), kv.select(0, 1), Math.Pow(_headWidth, -0.5), text.Bias.reshape(b, 1, 1, s));
        return x + to_out.forward(mixed.transpose(1, 2).reshape([.. x.shape[..^1], _heads * _headWidth])).ToFloat32();
    }
}
