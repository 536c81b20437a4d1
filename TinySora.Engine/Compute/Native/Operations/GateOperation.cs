using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.Gate"/>
internal sealed class GateOperation : KernelOperation
{
    private static readonly NativeKernel Forward = new("gate");
    private static readonly NativeKernel Backward = new("gate_backward");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var (x, gate, y) = (Packed(inputs[0]!, ScalarType.Float32), Packed(inputs[1]!), Packed(inputs[2]!));
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
