using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>x + [ReLU, 3 x 3 x 3 convolution, ReLU, 1 x 1 x 1 convolution](x), as in minisora's s4t4_c; or with 1 x 3 x 3.</summary>
internal sealed class ResidualLayer : Layer
{
    private readonly Sequential res_block;

    /// <param name="kind">The first convolution's.</param>
    public ResidualLayer(int channels, int hidden, ConvKind kind)
        : base(nameof(ResidualLayer))
    {
        res_block = nn.Sequential(
            ActivationLayer.Relu(), kind.Same(channels, hidden, hasBias: false),
            ActivationLayer.Relu(), new Conv(hidden, channels, Axis.Single, Axis.Single, hasBias: false));
        RegisterComponents();
    }

    public override AnyTensor forward(AnyTensor input) => input + res_block.forward(input).Widened();
}
