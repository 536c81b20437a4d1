using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>How a condition steers a block of a transformer (adaptive layer norm, Peebles and Xie 2022): it shifts, scales and gates tokens.</summary>
internal static class Modulation
{
    public const double Epsilon = 1e-6;

    /// <summary>LN(x) · (1 + scale) + shift over the last dimension.</summary>
    /// <param name="x">(B, ..., C) float32.</param>
    /// <param name="shift">(B, C).</param>
    /// <param name="scale">(B, C).</param>
    /// <returns>(B, ..., C), in the type that products take.</returns>
    public static AnyTensor Norm(AnyTensor x, AnyTensor shift, AnyTensor scale) => x.Eager is Tensor numbers && Kernels.CanNorm(numbers)
        ? Kernels.ModulatedNorm(numbers, (Tensor)shift.Widened(), (Tensor)scale.Widened())
        : ((x.layer_norm(null, null, Epsilon) * (1 + Rows(scale, x))) + Rows(shift, x)).Narrowed();

    /// <param name="x">(B, ..., C) float32.</param>
    /// <param name="gate">(B, C).</param>
    /// <param name="y">Like <paramref name="x"/>, or bfloat16.</param>
    /// <returns>(B, ..., C) float32.</returns>
    public static AnyTensor Gate(AnyTensor x, AnyTensor gate, AnyTensor y) =>
        x.Eager is Tensor numbers && y.Eager is Tensor { dtype: ScalarType.BFloat16 } narrow && Kernels.CanNorm(numbers)
            ? Kernels.Gate(numbers, (Tensor)gate.Widened(), narrow)
            : x + (Rows(gate, x) * y); // as fast in float32, where nothing is widened

    /// <summary>A tensor (B, C) as (B, 1, ..., C) float32, with as many axes as another.</summary>
    public static AnyTensor Rows(AnyTensor condition, AnyTensor x) =>
        condition.Widened().reshape([condition.shape[0], .. Enumerable.Repeat(1L, x.shape.Length - 2), condition.shape[1]]);
}

/// <summary>How a network normalizes tokens in front of its branches.</summary>
/// <param name="IsRms">By their root mean square instead of mean and variance (Zhang and Sennrich 2019).</param>
internal readonly record struct TokenNorm(bool IsRms)
{
    public const double Epsilon = 1e-6;

    /// <param name="x">(B, F, S, C) float32.</param>
    /// <param name="shift">(B, C).</param>
    /// <param name="scale">(B, C).</param>
    /// <returns>norm(x) · (1 + scale) + shift, in the type that products take.</returns>
    public AnyTensor Modulated(AnyTensor x, AnyTensor shift, AnyTensor scale) => IsRms
        ? ((x.rms_norm(Epsilon) * (1 + Modulation.Rows(scale, x))) + Modulation.Rows(shift, x)).Narrowed()
        : Modulation.Norm(x, shift, scale);

    /// <inheritdoc cref="Modulated"/>
    /// <returns>norm(x).</returns>
    public AnyTensor Plain(AnyTensor x) => (IsRms ? x.rms_norm(Epsilon) : x.layer_norm(null, null, Modulation.Epsilon)).Narrowed();
}
