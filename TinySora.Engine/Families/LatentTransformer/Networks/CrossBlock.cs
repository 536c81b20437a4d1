using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

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
