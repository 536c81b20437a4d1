using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.TokenLoss"/>
internal sealed class TokenLossOperation : KernelOperation
{
    private static readonly NativeKernel Kernel = new("token_loss");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var logits = inputs[0]!.contiguous();
        var loss = empty(Array.Empty<long>());
        Kernel.Run([logits, inputs[1]!.contiguous(), inputs[2]?.contiguous(), loss], Needs(0) ? 1 : 0);
        Save(logits);
        return loss;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        // The logits' own memory.
        var ofLogits = kept[0].detach();
        if (gradient.item<float>() is var by and not 1)
        {
            ofLogits.mul_(by);
        }

        return [ofLogits, null, null];
    }
}
