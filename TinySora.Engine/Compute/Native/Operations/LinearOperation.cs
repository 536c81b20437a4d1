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
        var (x, weight, bias) = (ToContiguous(inputs[0]!), ToContiguous(inputs[1]!), ToContiguous(inputs[2]));
        var result = empty([.. x.shape[..^1], weight.shape[0]], x.dtype);
        Forward.Run([x, weight, bias, result]);
        Save(x, weight);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var (x, weight) = (kept[0], kept[1]);
        var by = ToContiguous(gradient);
        var place = DirectGradients.FindDestination(weight);
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

/// <summary>A linear layer for a few rows, without gradients. It takes about as long as reading its weights.</summary>
internal static class SmallBatchLinear
{
    /// <summary>Maximum number of rows. The kernel keeps the sums for all rows in registers (small_batch_linear.cpp).</summary>
    public const long MaxRows = 8;

    private static readonly NativeKernel Kernel = new("small_batch_linear");

    /// <inheritdoc cref="Kernels.MultiplySmallBatch"/>
    public static Tensor Multiply(Tensor x, Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var shape = x.shape;
        var length = shape[^1];
        var missing = (Kernels.VectorWidth - (length % Kernels.VectorWidth)) % Kernels.VectorWidth;
        var rows = KernelOperation.ToContiguous(x, ScalarType.Float32);
        rows = missing == 0 ? rows : nn.functional.pad(rows, [0, missing]);
        var result = empty([.. shape[..^1], weight.shape[0]], x.dtype);
        Kernel.Run([rows, KernelOperation.ToContiguous(weight), KernelOperation.ToContiguous(bias), result]);
        return result.MoveToOuterDisposeScope();
    }
}
