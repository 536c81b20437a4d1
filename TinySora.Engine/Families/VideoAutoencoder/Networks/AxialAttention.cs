using TinySora.Engine.Compute;
using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>The sum of attentions along width, height and time.</summary>
internal sealed class AxialAttention : nn.Module<Tensor, Tensor>, IGraphLayer
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
    public override Tensor forward(Tensor input)
    {
        var x = Precision.Narrow(input);
        return attn_w.forward(x) + attn_h.forward(x) + attn_t.forward(x);
    }

    public OnnxTensor forward(OnnxTensor input) => attn_w.forward(input) + attn_h.forward(input) + attn_t.forward(input);
}
