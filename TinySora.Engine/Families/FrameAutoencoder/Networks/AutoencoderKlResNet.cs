using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>Twice norm, SiLU and convolution, and what came in added.</summary>
internal sealed class AutoencoderKlResNet : Layer
{
    private readonly GroupNorm norm1;
    private readonly Conv conv1;
    private readonly GroupNorm norm2;
    private readonly Conv conv2;
    private readonly Conv? conv_shortcut;

    public AutoencoderKlResNet(int groups, int inputs, int outputs)
        : base(nameof(AutoencoderKlResNet))
    {
        norm1 = Norm(groups, inputs, isActivated: true);
        conv1 = FrameBlock.Square(inputs, outputs, 3);
        norm2 = Norm(groups, outputs, isActivated: true);
        conv2 = FrameBlock.Square(outputs, outputs, 3);
        conv_shortcut = inputs == outputs ? null : FrameBlock.Square(inputs, outputs, 1);
        RegisterComponents();
    }

    public static GroupNorm Norm(int groups, int channels, bool isActivated) => new(groups, channels, isActivated, epsilon: 1e-6);

    /// <param name="input">(B, F, H, W, inputs) float32.</param>
    /// <returns>(B, F, H, W, outputs) float32.</returns>
    public override AnyTensor forward(AnyTensor input) => OnlyResult(input, () => // frames are large
    {
        var inner = conv2.forward(norm2.forward(conv1.forward(norm1.forward(input))));
        return (conv_shortcut is null ? input : conv_shortcut.forward(input).Widened()) + inner.Widened();
    });
}
