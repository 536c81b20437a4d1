using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.TokenLoss"/>
internal sealed class TokenLossOperation : KernelOperation
{
    private static readonly NativeKernel Kernel = new("token_loss");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var logits = ToContiguous(inputs[0]!);
        var loss = empty(Array.Empty<long>());
        Kernel.Run([logits, ToContiguous(inputs[1]!), ToContiguous(inputs[2]), loss], Needs(0) ? 1 : 0);
        Save(logits);
        return loss;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        // The kernel has overwritten the logits with the gradient.
        var ofLogits = kept[0].detach();
        if (gradient.item<float>() is var by and not 1)
        {
            ofLogits.mul_(by);
        }

        return [ofLogits, null, null];
    }
}

/// <summary>Search for the nearest vectors in a codebook, without gradients.</summary>
internal static class NearestTargets
{
    private static readonly NativeKernel Kernel = new("nearest");

    /// <inheritdoc cref="Kernels.FindNearest"/>
    public static Tensor Find(Tensor vectors, Tensor targets)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var result = empty(vectors.shape[0], ScalarType.Int64);
        Kernel.Run([KernelOperation.ToContiguous(vectors, ScalarType.Float32), KernelOperation.ToContiguous(targets, ScalarType.Float32), result]);
        return result.MoveToOuterDisposeScope();
    }
}
