using TinySora.Engine.Compute.Native.Operations;
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
    public AnyTensor forward(AnyTensor x, AnyTensor? modulation, AnyTensor? skip = null)
    {
        if (x.Eager is Tensor numbers && Kernels.CanRunOn(numbers))
        {
            return Kernels.NormSilu(numbers, gamma, (Tensor?)modulation, (Tensor?)skip);
        }

        var silu = Normed(x, modulation).silu();
        return skip is null ? silu : silu.Widened() + skip;
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
