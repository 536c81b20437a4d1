using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.TokenLoss"/>
internal sealed class TokenLossOperation : KernelOperation
{
    private static readonly NativeKernel Kernel = new("token_loss");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var logits = Packed(inputs[0]!);
        var loss = empty(Array.Empty<long>());
        Kernel.Run([logits, Packed(inputs[1]!), Packed(inputs[2]), loss], Needs(0) ? 1 : 0);
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
