using TinySora.Engine.Compute;
using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>The convolution that goes with a change of size.</summary>
internal sealed class AutoencoderKlStep : nn.Module<Tensor, Tensor>
{
    private readonly Conv conv;

    public AutoencoderKlStep(int channels, Axis space)
        : base(nameof(AutoencoderKlStep))
    {
        conv = new Conv(channels, channels, Axis.Single, space, isFlat: true);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => Precision.Widen(conv.forward(input));

    /// <inheritdoc cref="forward(Tensor)"/>
    public OnnxTensor forward(OnnxTensor input) => conv.forward(input);
}
