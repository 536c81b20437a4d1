using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>A causal convolution: no frame depends on a later one, and the first frame is repeated in front.</summary>
internal sealed class CausalConv : Layer
{
    private readonly Conv conv;
    private readonly int _before;

    /// <param name="stride">In time.</param>
    public CausalConv(int inputs, int outputs, int kernel, int stride = 1, bool hasBias = true)
        : base(nameof(CausalConv))
    {
        conv = new Conv(inputs, outputs, new Axis(kernel, stride), Axis.Same(kernel, 1), hasBias);
        _before = kernel - 1;
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, C).</param>
    public override AnyTensor forward(AnyTensor input) => conv.forward(AnyTensor.cat([input.narrow(1, 0, 1).repeat(1, _before, 1, 1, 1), input], 1));
}
