using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>Converts clips with channels last to the 4-D tensors that 2-D operators take, and back; both are views.</summary>
internal static class Frames
{
    /// <summary>Applies a 2-D operator to every frame.</summary>
    /// <param name="x">(B, F, H, W, C).</param>
    /// <param name="operation">(B·F, C, H, W), strided channels-last, to (B·F, C', H', W').</param>
    /// <returns>(B, F, H', W', C').</returns>
    public static Tensor Map(Tensor x, Func<Tensor, Tensor> operation) =>
        operation(x.flatten(0, 1).permute(0, 3, 1, 2)).permute(0, 2, 3, 1).contiguous().unflatten(0, x.shape[0], x.shape[1]);
}
