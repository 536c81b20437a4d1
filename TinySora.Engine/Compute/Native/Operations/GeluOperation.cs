using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.Gelu"/>
internal sealed class GeluOperation : KernelOperation
{
    private static readonly NativeKernel Forward = new("gelu");
    private static readonly NativeKernel Backward = new("gelu_backward");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var x = Packed(inputs[0]!);
        var result = empty_like(x);
        Forward.Run([x, result]);
        Save(x);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var ofX = empty_like(kept[0]);
        Backward.Run([kept[0], Packed(gradient, kept[0].dtype), ofX]);
        return [ofX];
    }
}
