using TinySora.Engine.Compute.Native.Operations;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>Layer norm over the channels at each position, with a gain but no bias; always computed in float32.</summary>
public sealed class LayerNorm : Layer
{
    private const double Epsilon = 1e-5;

    private readonly Parameter gamma;

    public LayerNorm(long channels)
        : base(nameof(LayerNorm))
    {
        gamma = WeightInitialization.Ones(1, channels, 1, 1, 1);
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, C).</param>
    public override AnyTensor forward(AnyTensor input)
    {
        var x = input.ToFloat32();
        return x.Eager is Tensor numbers && Kernels.CanNorm(numbers) ? Kernels.LayerNorm(numbers, gamma) : x.layer_norm(gamma.flatten(), null, Epsilon);
    }
}

/// <summary>RMSNorm x / √(mean x² + ε) times a gain over the last axis (Zhang and Sennrich 2019); always computed in float32.</summary>
internal sealed class RootMeanSquareNorm : Layer
{
    private readonly Parameter weight;
    private readonly double _epsilon;

    public RootMeanSquareNorm(long width, double epsilon)
        : base(nameof(RootMeanSquareNorm))
    {
        _epsilon = epsilon;
        weight = WeightInitialization.Ones(width);
        RegisterComponents();
    }

    /// <returns>Same type as <paramref name="input"/>.</returns>
    public override AnyTensor forward(AnyTensor input) => (input.ToFloat32().rms_norm(_epsilon) * weight).type_as(input);
}
