using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>Adaptive layer normalization (Peebles and Xie 2022), in which a condition shifts, scales and gates tokens.</summary>
internal static class Modulation
{
    public const double Epsilon = 1e-6;

    /// <summary>Returns LN(x) · (1 + scale) + shift over the last dimension.</summary>
    /// <param name="x">(B, ..., C) float32.</param>
    /// <param name="shift">(B, C).</param>
    /// <param name="scale">(B, C).</param>
    /// <returns>(B, ..., C), in the type of matrix products.</returns>
    public static AnyTensor Norm(AnyTensor x, AnyTensor shift, AnyTensor scale) => x.Eager is Tensor numbers && Kernels.CanNorm(numbers)
        ? Kernels.ModulatedNorm(numbers, (Tensor)shift.ToFloat32(), (Tensor)scale.ToFloat32())
        : ((x.layer_norm(null, null, Epsilon) * (1 + Rows(scale, x))) + Rows(shift, x)).ToComputeType();

    /// <param name="x">(B, ..., C) float32.</param>
    /// <param name="gate">(B, C).</param>
    /// <param name="y">Same shape as <paramref name="x"/>, float32 or bfloat16.</param>
    /// <returns>(B, ..., C) float32.</returns>
    public static AnyTensor Gate(AnyTensor x, AnyTensor gate, AnyTensor y) =>
        x.Eager is Tensor numbers && y.Eager is Tensor { dtype: ScalarType.BFloat16 } narrow && Kernels.CanNorm(numbers)
            ? Kernels.Gate(numbers, (Tensor)gate.ToFloat32(), narrow)
            : x + (Rows(gate, x) * y); // as fast as a kernel in float32

    /// <summary>Reshapes (B, C) to (B, 1, ..., C) float32, with the rank of another tensor.</summary>
    public static AnyTensor Rows(AnyTensor condition, AnyTensor x) =>
        condition.ToFloat32().reshape([condition.shape[0], .. Enumerable.Repeat(1L, x.shape.Length - 2), condition.shape[1]]);
}
