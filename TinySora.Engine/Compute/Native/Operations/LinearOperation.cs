using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.Multiply"/>
internal sealed class LinearOperation : KernelOperation
{
    private static readonly NativeKernel Forward = new("linear");
    private static readonly NativeKernel BackwardInput = new("linear_backward_input");
    private static readonly NativeKernel BackwardWeight = new("linear_backward_weight");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var (x, weight, bias) = (Packed(inputs[0]!), Packed(inputs[1]!), Packed(inputs[2]));
        var result = empty([.. x.shape[..^1], weight.shape[0]], x.dtype);
        Forward.Run([x, weight, bias, result]);
        Save(x, weight);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var (x, weight) = (kept[0], kept[1]);
        var by = Packed(gradient);
        var place = DirectGradients.Place(weight);
        var ofWeight = place ?? empty_like(weight);
        var ofBias = Needs(2) ? empty(weight.shape[0]) : null;
        BackwardWeight.Run([x, by, ofWeight, ofBias]);
        Tensor? ofX = null;
        if (Needs(0))
        {
            ofX = empty_like(x);
            BackwardInput.Run([by, weight, ofX]);
        }

        return [ofX, place is null ? ofWeight : null, ofBias];
    }
}
