using TinySora.Engine.Compute;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using BatchNorm = TinySora.Engine.Layers.BatchNorm;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>VideoGPT's x + [norm, ReLU, convolution to half the channels, norm, ReLU, pointwise back, norm, ReLU, axial attention](x).</summary>
internal sealed class AxialResidualBlock : Layer
{
    private readonly Sequential block;

    /// <param name="isCausal">Nothing sees what is later in time.</param>
    public AxialResidualBlock(int channels, bool isCausal)
        : base(nameof(AxialResidualBlock))
    {
        var half = channels / 2;
        block = nn.Sequential(
            Normed(channels), nn.Identity(), isCausal ? new CausalConv(channels, half, 3, hasBias: false) : SameConv(channels, half, 3, hasBias: false),
            Normed(half), nn.Identity(), SameConv(half, channels, 1, hasBias: false),
            Normed(channels), nn.Identity(), new AxialAttention(channels, isCausal));
        RegisterComponents();
    }

    /// <summary>A stack of <paramref name="count"/> blocks, a norm and ReLU.</summary>
    public static nn.Module<Tensor, Tensor>[] Stack(int count, int channels, bool isCausal) =>
        [.. Enumerable.Range(0, count).Select(_ => new AxialResidualBlock(channels, isCausal)), Normed(channels), nn.Identity()];

    /// <summary>A convolution that keeps its input's size, with the published name of its weight.</summary>
    public static Sequential SameConv(int inputs, int outputs, int kernel, bool hasBias = true) =>
        nn.Sequential(("conv", new Conv(inputs, outputs, Axis.Same(kernel, 1), Axis.Same(kernel, 1), hasBias)));

    public override AnyTensor forward(AnyTensor input) => input + block.forward(input).Widened();

    /// <summary>
    /// A batch norm with its ReLU. An identity takes the ReLU's place in the sequence, so that layers have their published numbers.
    /// </summary>
    private static BatchNorm Normed(int channels) => new(channels, Activation.Leaky);
}
