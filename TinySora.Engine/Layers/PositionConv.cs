using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>
/// A convolution over 3 x 3 x 3 neighbours, of each channel by itself, for tokens to know where they are and what is beside them (conditional
/// positional encodings, Chu et al. 2021). It begins as zero.
/// </summary>
internal sealed class PositionConv : Layer
{
    private readonly Parameter weight;
    private readonly Parameter bias;

    public PositionConv(long channels)
        : base(nameof(PositionConv))
    {
        weight = Initial.Zeros(channels, 1, 3, 3, 3);
        bias = Initial.Zeros(channels);
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, C) float32.</param>
    /// <returns>Like <paramref name="input"/>.</returns>
    public override AnyTensor forward(AnyTensor input) => input.depthwise_conv(weight, bias);
}
