using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Interop.Onnx;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>Layer norm over the channels of each position, with a gain and no bias; computed in float32 whatever comes in.</summary>
public sealed class LayerNorm : nn.Module<Tensor, Tensor>, IGraphLayer
{
    private const double Epsilon = 1e-5;

    private readonly Parameter gamma;

    public LayerNorm(long channels)
        : base(nameof(LayerNorm))
    {
        gamma = Initial.Ones(1, channels, 1, 1, 1);
        RegisterComponents();
    }

    public OnnxTensor forward(OnnxTensor input) => input.LayerNorm(input.Graph.Weight(gamma, g => g.flatten()), null, Epsilon);

    /// <param name="input">(B, F, H, W, C).</param>
    public override Tensor forward(Tensor input)
    {
        var x = Precision.Widen(input);
        return Kernels.CanNorm(x)
            ? Kernels.LayerNorm(x, gamma)
            : nn.functional.layer_norm(x, [gamma.shape[1]], gamma.flatten(), null, Epsilon);
    }
}
