using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>Multi-head softmax attention whose projections have no biases.</summary>
public sealed class Attention : nn.Module
{
    /// <summary>Maximum number of tokens for which the kernel is faster than matrix products.</summary>
    private const int MaxTokens = 16;

    /// <summary>
    /// Maximum number of frames for which the kernel is faster than matrix products, which require that tokens are first gathered from all positions and
    /// rotated.
    /// </summary>
    private const int MaxFrames = 32;
    private const int MaxFrameFeatures = 2048;

    private readonly Linear to_qkv;
    private readonly Linear to_out;
    private readonly RotaryEmbedding? rotary_emb;
    private readonly int _heads;
    private readonly int _headWidth;

    /// <param name="rotary">
    /// Rotary embedding that all temporal attention layers share. Each layer has it as a field, because it is part of the layer's saved state.
    /// </param>
    public Attention(int channels, int heads, int headWidth, RotaryEmbedding? rotary = null)
        : base(nameof(Attention))
    {
        to_qkv = new Linear(channels, 3 * heads * headWidth, hasBias: false);
        to_out = new Linear(heads * headWidth, channels, hasBias: false);
        rotary_emb = rotary;
        _heads = heads;
        _headWidth = headWidth;
        RegisterComponents();
    }

    /// <param name="x">(A, T, M, C): every token attends to the T tokens with the same A and M.</param>
    /// <param name="positions">Positions of the frames if T is the number of frames; otherwise <c>null</c>.</param>
    /// <returns>(A, T, M, C).</returns>
    public AnyTensor forward(AnyTensor x, FramePositions? positions = null)
    {
        var (a, t, m) = (x.shape[0], x.shape[1], x.shape[2]);
        var inner = _heads * _headWidth;
        x = x.ToComputeType();
        if (x.CanAttendOverFrames(_headWidth) && Fits(t, positions))
        {
            FlopCounter.Add(4 * a * m * t * t * inner);
            positions ??= FramePositions.None((int)t, _heads, _headWidth, x.device);
            return Chunks.Map(x, 2, 3 * inner, part => to_out.forward(to_qkv.forward(part).AttendOverFrames(positions.RotaryTable, positions.Bias)));
        }

        var parts = to_qkv.ForwardSplit(x, 2 * inner, inner);                                         // (A, T, M, 2·h·d), (A, T, M, h·d)
        var qk = positions is null ? parts[0] : parts[0].reshape(a, t, -1, _headWidth).matmul(positions.RotaryMatrices!);
        qk = qk.reshape(a, t, m, 2, _heads, _headWidth).permute(3, 0, 2, 4, 1, 5);             // (2, A, M, h, T, d)
        var v = parts[1].reshape(a, t, m, _heads, _headWidth).permute(0, 2, 3, 1, 4);

        var mixed = ScaledDotProduct.Attend(
            qk.select(0, 0), qk.select(0, 1), v, positions is null ? Math.Pow(_headWidth, -0.5) : null, positions?.Bias);  // (A, M, h, T, d)
        return to_out.forward(mixed.permute(0, 3, 1, 2, 4).reshape(a, t, m, inner));
    }

    private bool Fits(long tokens, FramePositions? positions) => positions is null
        ? tokens <= MaxTokens
        : tokens <= MaxFrames && tokens * _headWidth <= MaxFrameFeatures && positions.Bias.shape.Length == 3;
}

/// <summary>Attention in space: each position attends to all positions of its frame.</summary>
public sealed class SpatialAttention : nn.Module, IClipMixer
{
    private readonly Attention fn;

    public SpatialAttention(int channels, int heads, int headWidth)
        : base(nameof(SpatialAttention))
    {
        fn = new Attention(channels, heads, headWidth);
        RegisterComponents();
    }

    public AnyTensor forward(AnyTensor x, FramePositions? positions) => fn.forward(x.flatten(2, 3).flatten(0, 1).unsqueeze(2)).view_as(x);
}

/// <summary>Attention in time: each position attends to the same position in all frames, with <see cref="FramePositions"/>.</summary>
public sealed class TemporalAttention : nn.Module, IClipMixer
{
    private readonly Attention fn;

    public TemporalAttention(int channels, int heads, int headWidth, RotaryEmbedding rotary)
        : base(nameof(TemporalAttention))
    {
        fn = new Attention(channels, heads, headWidth, rotary);
        RegisterComponents();
    }

    /// <param name="rotary">Rotary embedding that all levels share.</param>
    public static Residual<TemporalAttention> CreateResidual(int channels, ModelConfig config, RotaryEmbedding rotary) =>
        new(channels, new TemporalAttention(channels, config.AttnHeads, config.AttnDimHead, rotary));

    public AnyTensor forward(AnyTensor x, FramePositions? positions) => fn.forward(x.flatten(2, 3), positions).view_as(x);
}

/// <summary>
/// The sum x + mixer(norm(x)). It consists of two modules, because the original weight names have two levels: P.fn.norm and P.fn.fn for a prefix P.
/// </summary>
public sealed class Residual<TMixer> : nn.Module
    where TMixer : nn.Module, IClipMixer
{
    private readonly PreNorm fn;

    public Residual(int channels, TMixer mixer)
        : base("Residual")
    {
        fn = new PreNorm(channels, mixer);
        RegisterComponents();
    }

    /// <param name="x">(B, F, H, W, C).</param>
    public AnyTensor forward(AnyTensor x, FramePositions? positions = null) => x + fn.forward(x, positions);

    private sealed class PreNorm : nn.Module
    {
        private readonly TMixer fn;
        private readonly LayerNorm norm;

        public PreNorm(int channels, TMixer mixer)
            : base(nameof(PreNorm))
        {
            fn = mixer;
            norm = new LayerNorm(channels);
            RegisterComponents();
        }

        public AnyTensor forward(AnyTensor x, FramePositions? positions) => fn.forward(norm.forward(x), positions);
    }
}

/// <summary>A layer that mixes the positions or the frames of clips (B, F, H, W, C) and keeps their shape.</summary>
public interface IClipMixer
{
    AnyTensor forward(AnyTensor x, FramePositions? positions);
}
