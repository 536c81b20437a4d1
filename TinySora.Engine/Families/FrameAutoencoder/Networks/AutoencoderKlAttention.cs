using TinySora.Engine.Layers;
using TorchSharp.Modules;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>Attention with one head of every position of a frame to the others, and what came in added.</summary>
internal sealed class AutoencoderKlAttention : Layer
{
    private readonly GroupNorm group_norm;
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly ModuleList<Linear> to_out;
    private readonly double _scale;

    public AutoencoderKlAttention(int groups, int channels)
        : base(nameof(AutoencoderKlAttention))
    {
        group_norm = AutoencoderKlResNet.Norm(groups, channels, isActivated: false);
        (to_q, to_k, to_v) = (new Linear(channels, channels), new Linear(channels, channels), new Linear(channels, channels));
        to_out = new(new Linear(channels, channels));
        _scale = 1 / Math.Sqrt(channels);
        RegisterComponents();
    }

    /// <param name="input">(B, F, h, w, C) float32.</param>
    /// <returns>The same shape.</returns>
    public override AnyTensor forward(AnyTensor input) => OnlyResult(input, () =>
    {
        var x = group_norm.forward(input).flatten(2, 3); // (B, F, hw, C)
        var mixed = ScaledDotProduct.Attend(to_q.forward(x), to_k.forward(x), to_v.forward(x), _scale);
        return input + to_out[0].forward(mixed).Widened().view_as(input);
    });
}
