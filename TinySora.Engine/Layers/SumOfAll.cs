using TinySora.Engine.Compute.Processes;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>
/// The sum of what the processes that share a micro-batch have. It is in all their losses, so that its gradient is the sum of those of all, too: their
/// backward passes meet here.
/// </summary>
internal sealed class SumOfAll : autograd.MultiTensorFunction<SumOfAll>
{
    private const string Share = "share";

    public override string Name => nameof(SumOfAll);

    /// <param name="own">float32.</param>
    public static Tensor Of(Tensor own, BatchShare share) => apply(own, share)[0];

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data(Share, vars[1]);
        return [Summed((Tensor)vars[0], (BatchShare)vars[1])];
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs) =>
        [Summed(grad_outputs[0], (BatchShare)ctx.get_data(Share)), null!];

    private static Tensor Summed(Tensor own, BatchShare share)
    {
        var all = own.contiguous().clone();
        share.Sum(all);
        return all;
    }
}
