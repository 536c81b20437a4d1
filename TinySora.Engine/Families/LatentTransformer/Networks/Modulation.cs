using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Interop.Onnx;
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
    public static Tensor Norm(Tensor x, Tensor shift, Tensor scale) => Kernels.CanNorm(x)
        ? Kernels.ModulatedNorm(x, Precision.Widen(shift), Precision.Widen(scale))
        : Precision.Narrow((nn.functional.layer_norm(x, [x.shape[^1]], eps: Epsilon) * (1 + Rows(scale, x))) + Rows(shift, x));

    /// <summary>x + gate · y.</summary>
    /// <param name="x">(B, ..., C) float32.</param>
    /// <param name="gate">(B, C).</param>
    /// <param name="y">Like <paramref name="x"/>, or bfloat16.</param>
    /// <returns>(B, ..., C) float32.</returns>
    public static Tensor Gate(Tensor x, Tensor gate, Tensor y) =>
        y.dtype == ScalarType.BFloat16 && Kernels.CanNorm(x) ? Kernels.Gate(x, Precision.Widen(gate), y)
        : x + (Rows(gate, x) * y); // as fast in float32, where nothing is widened

    /// <summary>A tensor (B, C) as (B, 1, ..., C) float32.</summary>
    private static Tensor Rows(Tensor condition, Tensor x) =>
        Precision.Widen(condition).reshape([condition.shape[0], .. Enumerable.Repeat(1L, (int)x.ndim - 2), condition.shape[1]]);

    /// <inheritdoc cref="Gate(Tensor, Tensor, Tensor)"/>
    public static OnnxTensor Gate(OnnxTensor x, OnnxTensor gate, OnnxTensor y) => x + (Rows(gate, x) * y);

    /// <summary>A tensor (B, C) as (B, 1, ..., C), with as many axes as another.</summary>
    public static OnnxTensor Rows(OnnxTensor condition, OnnxTensor x) =>
        condition.Reshape([condition.Shape[0], .. Enumerable.Repeat(1L, x.Shape.Length - 2), condition.Shape[1]]);
}
