using TinySora.Engine.Compute.Native.Operations;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>Layer norm over the channels of each position, with a gain and no bias; computed in float32 whatever comes in.</summary>
public sealed class LayerNorm : Layer
{
    private const double Epsilon = 1e-5;

    private readonly Parameter gamma;

    public LayerNorm(long channels)
        : base(nameof(LayerNorm))
    {
        gamma = Initial.Ones(1, channels, 1, 1, 1);
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, C).</param>
    public override AnyTensor forward(AnyTensor input)
    {
        var x = input.Widened();
        return x.Eager is Tensor numbers && Kernels.CanNorm(numbers) ? Kernels.LayerNorm(numbers, gamma) : x.layer_norm(gamma.flatten(), null, Epsilon);
    }
}
