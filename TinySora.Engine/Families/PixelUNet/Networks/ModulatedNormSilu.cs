using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>
/// x / max(‖x‖₂, 1e-12) · √c · γ over the channels of each position, with the modulation and the SiLU that follow it in every block, and what the
/// second of two blocks is added to.
/// </summary>
public sealed class ModulatedNormSilu : nn.Module
{
    private readonly Parameter gamma;
    private readonly double _sqrtChannels;

    public ModulatedNormSilu(long channels)
        : base(nameof(ModulatedNormSilu))
    {
        gamma = Initial.Ones(channels, 1, 1, 1);
        _sqrtChannels = Math.Sqrt(channels);
        RegisterComponents();
    }

    /// <param name="x">(B, F, H, W, C).</param>
    /// <param name="modulation">(B, 1 or F, 2 C): the result is multiplied by the first half + 1, and the second is added; null: neither.</param>
    /// <param name="skip">(B, F, H, W, C), float32; null: nothing goes around the block.</param>
    /// <returns>SiLU of that, (B, F, H, W, C), in the type of <paramref name="x"/>; or float32, plus the skip.</returns>
    public Tensor forward(Tensor x, Tensor? modulation, Tensor? skip = null)
    {
        if (Kernels.CanRunOn(x))
        {
            return Kernels.NormSilu(x, gamma, modulation, skip);
        }

        var silu = nn.functional.silu(Normed(x, modulation));
        return skip is null ? silu : Precision.Widen(silu) + skip;
    }

    /// <inheritdoc cref="forward(Tensor, Tensor?, Tensor?)"/>
    public OnnxTensor forward(OnnxTensor x, OnnxTensor? modulation)
    {
        var parts = modulation?.Unsqueeze(2).Unsqueeze(2).Chunk(2, -1);
        var gain = x.Graph.Weight(gamma, g => g.flatten()) * _sqrtChannels;
        gain = parts is null ? gain : (parts[0] + 1) * gain;
        var length = (x * x).Reduced("ReduceSum", -1).Each("Sqrt");
        var y = x / x.Graph.Add("Max", [length, x.Graph.Number(1e-12)], x.Type, length.Shape) * gain;
        return (parts is null ? y : y + parts[1]).Silu();
    }

    private Tensor Normed(Tensor x, Tensor? modulation)
    {
        var gain = gamma.flatten() * _sqrtChannels;
        var unit = x * x.norm(-1, keepdim: true).clamp_min(1e-12).reciprocal();
        if (modulation is null)
        {
            return unit * gain.to(x.dtype);
        }

        var parts = modulation.unsqueeze(2).unsqueeze(2).chunk(2, -1);                       // 2 of (B, 1 or F, 1, 1, C)
        return parts[1].addcmul(unit, ((parts[0] + 1) * gain).to(x.dtype), 1);
    }
}
