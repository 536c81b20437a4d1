using TinySora.Engine.Layers;
using TorchSharp.Modules;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>A residual layer, attention, and a residual layer at the smallest size.</summary>
internal sealed class AutoencoderKlMiddle : Layer
{
    private readonly ModuleList<AutoencoderKlResNet> resnets;
    private readonly ModuleList<AutoencoderKlAttention> attentions;

    public AutoencoderKlMiddle(int groups, int channels)
        : base(nameof(AutoencoderKlMiddle))
    {
        resnets = new(new AutoencoderKlResNet(groups, channels, channels), new AutoencoderKlResNet(groups, channels, channels));
        attentions = new(new AutoencoderKlAttention(groups, channels));
        RegisterComponents();
    }

    /// <param name="input">(B, F, h, w, C).</param>
    /// <returns>The same shape.</returns>
    public override AnyTensor forward(AnyTensor input) => resnets[1].forward(attentions[0].forward(resnets[0].forward(input)));
}
