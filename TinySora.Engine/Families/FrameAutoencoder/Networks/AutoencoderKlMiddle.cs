using TinySora.Engine.Interop.Onnx;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>A residual layer, attention, and a residual layer at the smallest size.</summary>
internal sealed class AutoencoderKlMiddle : nn.Module<Tensor, Tensor>
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
    public override Tensor forward(Tensor input) => resnets[1].forward(attentions[0].forward(resnets[0].forward(input)));

    /// <inheritdoc cref="forward(Tensor)"/>
    public OnnxTensor forward(OnnxTensor input) => resnets[1].forward(attentions[0].forward(resnets[0].forward(input)));
}
