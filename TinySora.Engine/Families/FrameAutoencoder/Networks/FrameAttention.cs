using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>Multi-head attention of every position of a frame to the others (Vaswani et al. 2017), under the names of PyTorch's MultiheadAttention.</summary>
internal sealed class FrameAttention : Layer
{
    private readonly Parameter in_proj_weight;
    private readonly Parameter in_proj_bias;
    private readonly Linear out_proj;
    private readonly int _heads;

    public FrameAttention(int channels, int heads)
        : base(nameof(FrameAttention))
    {
        var bound = Math.Sqrt(6.0 / (4 * channels)); // Xavier, as PyTorch starts it
        in_proj_weight = new Parameter(empty([3 * channels, channels], ScalarType.Float32).uniform_(-bound, bound));
        in_proj_bias = Initial.Zeros(3 * channels);
        out_proj = new Linear(channels, channels);
        _heads = heads;
        RegisterComponents();
        using var nothing = no_grad();
        out_proj.get_parameter("bias")!.zero_();
    }

    /// <param name="input">(B, F, H, W, C).</param>
    /// <returns>The same shape.</returns>
    public override AnyTensor forward(AnyTensor input)
    {
        var (b, f, c) = (input.shape[0], input.shape[1], input.shape[4]);
        var qkv = input.linear(in_proj_weight, in_proj_bias)                                // (B, F, H, W, 3C)
            .reshape(b, f, -1, 3, _heads, c / _heads).permute(3, 0, 1, 4, 2, 5);            // (3, B, F, h, HW, d)
        var mixed = ScaledDotProduct.Attend(qkv.select(0, 0), qkv.select(0, 1), qkv.select(0, 2), 1 / Math.Sqrt(c / _heads)); // (B, F, h, HW, d)
        return out_proj.forward(mixed.transpose(2, 3).reshape(input.shape));
    }
}
