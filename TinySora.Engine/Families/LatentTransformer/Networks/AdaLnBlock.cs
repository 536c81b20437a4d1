using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Layers;
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
