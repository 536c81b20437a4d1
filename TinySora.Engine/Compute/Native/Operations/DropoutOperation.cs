using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.Dropout"/>
internal sealed class DropoutOperation(double share, long seed, long before) : KernelOperation
{
    private static readonly NativeKernel Kernel = new("dropout");

    protected override Tensor Compute(Tensor?[] inputs) => Dropped(Packed(inputs[0]!));

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient) => [Dropped(Packed(gradient))];

    private Tensor Dropped(Tensor x)
    {
        var result = empty_like(x);
        Kernel.Run([x, result], NativeKernel.Bits(share), seed, before);
        return result;
    }
}
