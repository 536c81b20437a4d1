using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>
/// A transformer block: x += gate · attention(norm(x)), x += gate · MLP(norm(x)), with shifts, scales and gates computed from the condition and initialized to
/// zero (adaLN-Zero, Peebles and Xie 2022).
/// </summary>
internal sealed class AdaLnBlock : TransformerBlock
{
    private readonly MultiHeadAttention _attention;
    private readonly FeedForward _mlp;
    private readonly Linear _modulation;
    private readonly TokenNorm _norm;
    private readonly bool _inTime;

    /// <param name="textWidth">Width of the text embeddings that tokens attend to, if <paramref name="names"/> include layers for text.</param>
    /// <param name="inTime">Whether tokens attend along frames instead of within a frame. In the former case, single images skip the block.</param>
    public AdaLnBlock(TransformerConfig model, BlockNames names, int textWidth = 0, bool inTime = false)
        : base(nameof(AdaLnBlock))
    {
        var width = model.Size.HiddenSize;
        _attention = new MultiHeadAttention(model, names.TokenProjections, names.TextProjections, names.Output, textWidth);
        _mlp = new FeedForward(width, model.Swiglu, names.Layers);
        _modulation = new Linear(width, 6 * width).Zeroed();
        (_norm, _inTime) = (new TokenNorm(model.RmsNorm), inTime);
        Register([(names.Attention, _attention), (names.Mlp, _mlp), (names.Modulation, _modulation)]);
    }

    public override AnyTensor forward(AnyTensor x, AnyTensor condition, AnyTensor? text, TokenContext context)
    {
        var images = _inTime ? context.Images : 0;
        var m = _modulation.forward(condition.silu()).ToFloat32().chunk(6, 1);
        var y = images == 0 ? x : x.narrow(1, 0, x.shape[1] - images);
        var absent = text is not null ? context.TextPadding : _inTime ? context.FramePadding : context.SpatialPadding;
        y = Modulation.Gate(y, m[2], _attention.forward(
            _norm.Modulated(y, m[0], m[1]), text, absent, _inTime ? context.TemporalRotary : context.SpatialRotary, _inTime));
        y = Modulation.Gate(y, m[5], _mlp.forward(_norm.Modulated(y, m[3], m[4])));
        return images == 0 ? y : AnyTensor.cat([y, x.narrow(1, x.shape[1] - images, images)], 1);
    }
}

/// <summary>The block of early Open-Sora: x += attention(norm(x) to text), x += MLP(norm(x)). Patches attend only to the text.</summary>
internal sealed class CrossBlock : TransformerBlock
{
    private readonly MultiHeadAttention _attention;
    private readonly FeedForward _mlp;
    private readonly TokenNorm _norm;

    public CrossBlock(TransformerConfig model, int textWidth)
        : base(nameof(CrossBlock))
    {
        var names = BlockNames.Cross;
        _attention = new MultiHeadAttention(model, names.TokenProjections, names.TextProjections, names.Output, textWidth);
        _mlp = new FeedForward(model.Size.HiddenSize, model.Swiglu, names.Layers);
        _norm = new TokenNorm(model.RmsNorm);
        Register([(names.Attention, _attention), (names.Mlp, _mlp)]);
    }

    public override AnyTensor forward(AnyTensor x, AnyTensor condition, AnyTensor? text, TokenContext context)
    {
        x = x + _attention.forward(_norm.Unmodulated(x), text, context.TextPadding).ToFloat32();
        return x + _mlp.forward(_norm.Unmodulated(x)).ToFloat32();
    }
}

/// <summary>The final layer, which maps tokens to the values of patches: modulated normalization, and a linear layer that is initialized to zero.</summary>
internal sealed class AdaLnFinal
{
    private readonly Linear _linear;
    private readonly Linear _modulation;
    private readonly TokenNorm _norm;

    public AdaLnFinal(TransformerConfig model, int outputs)
    {
        var width = model.Size.HiddenSize;
        (_linear, _modulation) = (new Linear(width, outputs).Zeroed(), new Linear(width, 2 * width).Zeroed());
        _norm = new TokenNorm(model.RmsNorm);
    }

    /// <summary>Returns the layers with their names in the published code.</summary>
    public IEnumerable<(string Path, nn.Module Part)> Parts(string linear, string modulation) => [(linear, _linear), (modulation, _modulation)];

    /// <param name="x">(B, F, S, C) float32.</param>
    /// <param name="condition">(B, C) float32.</param>
    /// <returns>(B, F, S, outputs) float32.</returns>
    public AnyTensor Forward(AnyTensor x, AnyTensor condition)
    {
        var m = _modulation.forward(condition.silu()).ToFloat32().chunk(2, 1);
        return _linear.forward(_norm.Modulated(x, m[0], m[1])).ToFloat32();
    }
}

/// <summary>Adaptive layer normalization (Peebles and Xie 2022), in which a condition shifts, scales and gates tokens.</summary>
internal static class Modulation
{
    public const double Epsilon = 1e-6;

    /// <summary>Returns LN(x) · (1 + scale) + shift over the last dimension.</summary>
    /// <param name="x">(B, ..., C) float32.</param>
    /// <param name="shift">(B, C).</param>
    /// <param name="scale">(B, C).</param>
    /// <returns>(B, ..., C), in the type of matrix products.</returns>
    public static AnyTensor Norm(AnyTensor x, AnyTensor shift, AnyTensor scale) => x.Eager is Tensor numbers && Kernels.CanNorm(numbers)
        ? Kernels.ModulatedNorm(numbers, (Tensor)shift.ToFloat32(), (Tensor)scale.ToFloat32())
        : ((x.layer_norm(null, null, Epsilon) * (1 + Rows(scale, x))) + Rows(shift, x)).ToComputeType();

    /// <param name="x">(B, ..., C) float32.</param>
    /// <param name="gate">(B, C).</param>
    /// <param name="y">Same shape as <paramref name="x"/>, float32 or bfloat16.</param>
    /// <returns>(B, ..., C) float32.</returns>
    public static AnyTensor Gate(AnyTensor x, AnyTensor gate, AnyTensor y) =>
        x.Eager is Tensor numbers && y.Eager is Tensor { dtype: ScalarType.BFloat16 } narrow && Kernels.CanNorm(numbers)
            ? Kernels.Gate(numbers, (Tensor)gate.ToFloat32(), narrow)
            : x + (Rows(gate, x) * y); // as fast as a kernel in float32

    /// <summary>Reshapes (B, C) to (B, 1, ..., C) float32, with the rank of another tensor.</summary>
    public static AnyTensor Rows(AnyTensor condition, AnyTensor x) =>
        condition.ToFloat32().reshape([condition.shape[0], .. Enumerable.Repeat(1L, x.shape.Length - 2), condition.shape[1]]);
}

/// <summary>Normalization of tokens before the branches of a block.</summary>
/// <param name="IsRms">Whether to use RMSNorm (Zhang and Sennrich 2019) instead of LayerNorm.</param>
internal readonly record struct TokenNorm(bool IsRms)
{
    /// <param name="x">(B, F, S, C) float32.</param>
    /// <param name="shift">(B, C).</param>
    /// <param name="scale">(B, C).</param>
    /// <returns>norm(x) · (1 + scale) + shift, in the type of matrix products.</returns>
    public AnyTensor Modulated(AnyTensor x, AnyTensor shift, AnyTensor scale) => IsRms
        ? ((x.rms_norm(Modulation.Epsilon) * (1 + Modulation.Rows(scale, x))) + Modulation.Rows(shift, x)).ToComputeType()
        : Modulation.Norm(x, shift, scale);

    /// <inheritdoc cref="Modulated"/>
    /// <returns>norm(x).</returns>
    public AnyTensor Unmodulated(AnyTensor x) => (IsRms ? x.rms_norm(Modulation.Epsilon) : x.layer_norm(null, null, Modulation.Epsilon)).ToComputeType();
}
