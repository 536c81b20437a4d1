using TinySora.Engine.Compute;
using TinySora.Engine.Interop.Onnx;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>How a network normalizes tokens in front of its branches.</summary>
/// <param name="IsRms">By their root mean square instead of mean and variance (Zhang and Sennrich 2019).</param>
internal readonly record struct TokenNorm(bool IsRms)
{
    public const double Epsilon = 1e-6;

    /// <param name="x">(..., C) float32.</param>
    public static Tensor Rms(Tensor x) => x * (x.square().mean([-1], keepdim: true) + Epsilon).rsqrt();

    /// <param name="x">(B, F, S, C) float32.</param>
    /// <param name="shift">(B, C).</param>
    /// <param name="scale">(B, C).</param>
    /// <returns>norm(x) · (1 + scale) + shift, in the type that products take.</returns>
    public Tensor Modulated(Tensor x, Tensor shift, Tensor scale) => IsRms
        ? Precision.Narrow((Rms(x) * (1 + scale.unsqueeze(1).unsqueeze(1))) + shift.unsqueeze(1).unsqueeze(1))
        : Modulation.Norm(x, shift, scale);

    /// <inheritdoc cref="Modulated(Tensor, Tensor, Tensor)"/>
    /// <returns>norm(x).</returns>
    public Tensor Plain(Tensor x)
    {
        var none = zeros([x.shape[0], x.shape[^1]], ScalarType.Float32, x.device);
        return Modulated(x, none, none);
    }

    /// <inheritdoc cref="Modulated(Tensor, Tensor, Tensor)"/>
    public OnnxTensor Modulated(OnnxTensor x, OnnxTensor shift, OnnxTensor scale) =>
        (Plain(x) * (Modulation.Rows(scale, x) + 1)) + Modulation.Rows(shift, x);

    /// <inheritdoc cref="Plain(Tensor)"/>
    public OnnxTensor Plain(OnnxTensor x) => IsRms ? x.Rms(Epsilon) : x.LayerNorm(null, null, Modulation.Epsilon);
}
