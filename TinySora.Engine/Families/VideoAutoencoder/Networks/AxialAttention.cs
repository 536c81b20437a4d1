using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>The sum of attentions along width, height and time.</summary>
internal sealed class AxialAttention : Layer
{
    private readonly AxisAttention attn_w;
    private readonly AxisAttention attn_h;
    private readonly AxisAttention attn_t;

    /// <param name="isCausal">A frame sees itself and those before it.</param>
    public AxialAttention(int channels, bool isCausal)
        : base(nameof(AxialAttention))
    {
        (attn_w, attn_h, attn_t) = (new(channels, 3, isCausal: false), new(channels, 2, isCausal: false), new(channels, 1, isCausal));
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, C).</param>
    public override AnyTensor forward(AnyTensor input)
    {
        var x = input.Narrowed();
        return attn_w.forward(x) + attn_h.forward(x) + attn_t.forward(x);
    }
}
