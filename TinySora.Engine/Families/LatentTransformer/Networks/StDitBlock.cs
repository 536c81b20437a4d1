using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Layers;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>
/// A block of Open-Sora's ST-DiT: attention in space, in time and to captions, and an MLP. Shifts, scales and gates are those that all blocks
/// share and a table of its own (PixArt-α, Chen et al. 2023); space and time share a gate, and only space is normalized.
/// </summary>
internal sealed class StDitBlock : TransformerBlock
{
    private readonly Parameter scale_shift_table;
    private readonly MultiHeadAttention _space;
    private readonly MultiHeadAttention _time;
    private readonly MultiHeadAttention? _captions;
    private readonly FeedForward _mlp;
    private readonly TokenNorm _norm;

    public StDitBlock(TransformerConfig model)
        : base(nameof(StDitBlock))
    {
        var width = model.Size.HiddenSize;
        scale_shift_table = Initial.Normal(Math.Pow(width, -0.5), 6, width);
        _space = new MultiHeadAttention(model, ["qkv"], [], "proj");
        _time = new MultiHeadAttention(model, ["qkv"], [], "proj").Silent();
        _captions = model.Conditioning == Conditioning.Text ? new MultiHeadAttention(model, ["q_linear"], ["kv_linear"], "proj", width).Silent() : null;
        _mlp = new FeedForward(width, model.Swiglu, ("fc1", "fc2"));
        _norm = new TokenNorm(model.RmsNorm);
        register_parameter(nameof(scale_shift_table), scale_shift_table);
        Register([("attn", _space), ("attn_temp", _time), ("mlp", _mlp)]);
        Register(_captions is null ? [] : [("cross_attn", _captions)]);
    }

    public override AnyTensor forward(AnyTensor x, AnyTensor condition, AnyTensor? text, TokenContext context)
    {
        var m = (condition.unflatten(1, 6, x.shape[^1]) + scale_shift_table).unbind(1);                       // six of (B, C)
        x = Modulation.Gate(x, m[2], _space.forward(_norm.Modulated(x, m[0], m[1]), null, context.AbsentPlaces, context.Places));
        var frames = (context.FrameTable is null ? x : x + context.FrameTable).Narrowed();
        x = Modulation.Gate(x, m[2], _time.forward(frames, null, context.AbsentFrames, context.Times, inTime: true));
        if (_captions is not null)
        {
            x = x + _captions.forward(x.Narrowed(), text, context.AbsentText).Widened();
        }

        return Modulation.Gate(x, m[5], _mlp.forward(_norm.Modulated(x, m[3], m[4])));
    }
}
