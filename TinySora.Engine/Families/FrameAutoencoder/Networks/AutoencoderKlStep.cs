using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>The convolution that goes with a change of size.</summary>
internal sealed class AutoencoderKlStep : Layer
{
    private readonly Conv conv;

    public AutoencoderKlStep(int channels, Axis space)
        : base(nameof(AutoencoderKlStep))
    {
        conv = new Conv(channels, channels, Axis.Single, space, isFlat: true);
        RegisterComponents();
    }

    public override AnyTensor forward(AnyTensor input) => conv.forward(input).Widened();
}
