using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;
using Sequential = TorchSharp.Modules.Sequential;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>Two convolution blocks with a residual connection. The conditioning vector scales and shifts the channels in the first block.</summary>
public sealed class ResBlock : nn.Module
{
    private readonly Sequential? mlp;
    private readonly Block block1;
    private readonly Block block2;
    private readonly Conv? res_conv;

    /// <param name="condition">Width of the conditioning vector; <c>null</c> if there is no conditioning.</param>
    public ResBlock(int inputs, int outputs, int? condition)
        : base(nameof(ResBlock))
    {
        mlp = condition is int width ? nn.Sequential(nn.SiLU(), new Linear(width, 2 * outputs)) : null;
        block1 = new Block(inputs, outputs);
        block2 = new Block(outputs, outputs);
        res_conv = inputs == outputs ? null : new Conv(inputs, outputs, kernel: 1);
        RegisterComponents();
    }

    /// <param name="x">(B, F, H, W, inputs).</param>
    /// <param name="condition">Conditioning vectors (B, 1 or F, width), per clip or per frame.</param>
    /// <returns>(B, F, H, W, outputs), float32.</returns>
    public AnyTensor forward(AnyTensor x, AnyTensor? condition = null)
    {
        var skip = x;
        if (res_conv is not null)
        {
            x = x.ToComputeType();
            skip = res_conv.forward(x);
        }

        var modulation = condition is null ? null : mlp?.forward(condition);                  // (B, 1 or F, 2 · outputs)
        return block2.forward(block1.forward(x, modulation), skip: skip.ToFloat32());
    }

    private sealed class Block : nn.Module
    {
        private readonly Conv proj;
        private readonly ModulatedNormSilu norm;

        public Block(int inputs, int outputs)
            : base(nameof(Block))
        {
            proj = new Conv(inputs, outputs, kernel: 3, padding: 1);
            norm = new ModulatedNormSilu(outputs);
            RegisterComponents();
        }

        public AnyTensor forward(AnyTensor x, AnyTensor? modulation = null, AnyTensor? skip = null) => norm.forward(proj.forward(x), modulation, skip);
    }
}

/// <summary>
/// RMSNorm x / max(‖x‖₂, 1e-12) · √c · γ over the channels of each position, followed by modulation and SiLU, and in the second block by the residual
/// connection.
/// </summary>
public sealed class ModulatedNormSilu : nn.Module
{
    private readonly Parameter gamma;
    private readonly double _sqrtChannels;

    public ModulatedNormSilu(long channels)
        : base(nameof(ModulatedNormSilu))
    {
        gamma = WeightInitialization.Ones(channels, 1, 1, 1);
        _sqrtChannels = Math.Sqrt(channels);
        RegisterComponents();
    }

    /// <param name="x">(B, F, H, W, C).</param>
    /// <param name="modulation">(B, 1 or F, 2 C): scale minus 1, then shift; <c>null</c> for no modulation.</param>
    /// <param name="skip">Input of the residual connection (B, F, H, W, C), float32; <c>null</c> for no residual connection.</param>
    /// <returns>(B, F, H, W, C) after SiLU, in the type of <paramref name="x"/>, or float32 if <paramref name="skip"/> is added.</returns>
    public AnyTensor forward(AnyTensor x, AnyTensor? modulation, AnyTensor? skip = null)
    {
        if (x.HasKernels)
        {
            return x.NormSilu(gamma, modulation, skip);
        }

        var silu = Normed(x, modulation).silu();
        return skip is null ? silu : silu.ToFloat32() + skip;
    }

    private AnyTensor Normed(AnyTensor x, AnyTensor? modulation)
    {
        AnyTensor gain = gamma.flatten() * _sqrtChannels;
        var unit = x * x.norm().clamp_min(1e-12).reciprocal();
        if (modulation is null)
        {
            return unit * gain.type_as(x);
        }

        var parts = modulation.unsqueeze(2).unsqueeze(2).chunk(2, -1);                       // 2 of (B, 1 or F, 1, 1, C)
        return parts[1] + (unit * ((parts[0] + 1) * gain).type_as(x));
    }
}
