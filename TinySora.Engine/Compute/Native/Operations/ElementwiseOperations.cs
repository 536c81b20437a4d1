using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.Gate"/>
internal sealed class GateOperation : KernelOperation
{
    private static readonly NativeKernel Forward = new("gate");
    private static readonly NativeKernel Backward = new("gate_backward");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var (x, gate, y) = (ToContiguous(inputs[0]!, ScalarType.Float32), ToContiguous(inputs[1]!), ToContiguous(inputs[2]!));
        var result = empty_like(x);
        Forward.Run([x, gate, y, result]);
        Save(gate, y);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var (gate, y) = (kept[0], kept[1]);
        var (by, ofGate, ofY) = (gradient.contiguous(), empty_like(gate), empty_like(y));
        Backward.Run([gate, y, by, ofGate, ofY]);
        return [by, ofGate, ofY];
    }
}

/// <inheritdoc cref="Kernels.Gelu"/>
internal sealed class GeluOperation : KernelOperation
{
    private static readonly NativeKernel Forward = new("gelu");
    private static readonly NativeKernel Backward = new("gelu_backward");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var x = ToContiguous(inputs[0]!);
        var result = empty_like(x);
        Forward.Run([x, result]);
        Save(x);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var ofX = empty_like(kept[0]);
        Backward.Run([kept[0], ToContiguous(gradient, kept[0].dtype), ofX]);
        return [ofX];
    }
}

/// <inheritdoc cref="Kernels.Dropout"/>
internal sealed class DropoutOperation(double share, long seed, long before) : KernelOperation
{
    private static readonly NativeKernel Kernel = new("dropout");

    protected override Tensor Compute(Tensor?[] inputs) => Dropped(ToContiguous(inputs[0]!));

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient) => [Dropped(ToContiguous(gradient))];

    private Tensor Dropped(Tensor x)
    {
        var result = empty_like(x);
        Kernel.Run([x, result], NativeKernel.Bits(share), seed, before);
        return result;
    }
}
