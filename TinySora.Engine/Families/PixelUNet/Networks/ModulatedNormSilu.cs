using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>
/// x / max(‖x‖₂, 1e-12) · √c · γ over the channels of each position, with the modulation and the SiLU that follow it in every block.
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
    /// <param name="scale">(B, 1 or F, 1, 1, C): the result is multiplied by scale + 1; with <paramref name="shift"/> or not at all.</param>
    /// <param name="shift">(B, 1 or F, 1, 1, C): and shifted.</param>
    /// <returns>SiLU of that, (B, F, H, W, C), in the type of <paramref name="x"/>.</returns>
    public Tensor forward(Tensor x, Tensor? scale, Tensor? shift)
    {
        var gain = gamma.flatten() * _sqrtChannels;
        gain = scale is null ? gain : (scale + 1) * gain;
        if (Kernels.CanRunOn(x))
        {
            return Kernels.NormSilu(x, gain, shift);
        }

        var unit = x * x.norm(-1, keepdim: true).clamp_min(1e-12).reciprocal();
        return nn.functional.silu(shift is null ? unit * gain.to(x.dtype) : shift.addcmul(unit, gain.to(x.dtype), 1));
    }

    /// <inheritdoc cref="forward(Tensor, Tensor?, Tensor?)"/>
    public OnnxTensor forward(OnnxTensor x, OnnxTensor? scale, OnnxTensor? shift)
    {
        var gain = x.Graph.Weight(gamma, g => g.flatten()) * _sqrtChannels;
        gain = scale is null ? gain : (scale + 1) * gain;
        var length = (x * x).Reduced("ReduceSum", -1).Each("Sqrt");
        var y = x / x.Graph.Add("Max", [length, x.Graph.Number(1e-12)], x.Type, length.Shape) * gain;
        return (shift is null ? y : y + shift).Silu();
    }
}
