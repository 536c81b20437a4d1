using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>Cross entropy of predicted tokens, in nats.</summary>
internal static class TokenLoss
{
    /// <param name="logits">(N, V), float32 or bfloat16, which nobody else may use from then on: the kernel writes their gradient over them.</param>
    /// <param name="targets">(N) int64: the right tokens.</param>
    /// <param name="ignored">(N) booleans: tokens that do not count.</param>
    /// <returns>The mean of -log softmax(logits) at the targets that count; zero where none does. To be differentiated once.</returns>
    public static Tensor Of(Tensor logits, Tensor targets, Tensor? ignored = null)
    {
        if (Kernels.CanLose(logits))
        {
            return Kernels.TokenLoss(logits, targets, ignored);
        }

        const long Ignored = -100; // as cross_entropy knows them
        var total = nn.functional.cross_entropy(
            Precision.Widen(logits), ignored is null ? targets : targets.masked_fill(ignored, Ignored), ignore_index: Ignored, reduction: nn.Reduction.Sum);
        return ignored is null ? total / targets.numel() : total / ignored.logical_not().sum().clamp_min(1);
    }
}
