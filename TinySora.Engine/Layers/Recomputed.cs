using System.Runtime.ExceptionServices;
using TinySora.Engine.Compute;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>
/// A part of a network of whose inside nothing is remembered: the backward pass computes it again (gradient checkpointing, Chen et al. 2016).
/// It must do the same both times, so that nothing in it draws random numbers.
/// </summary>
internal sealed class Recomputed : autograd.MultiTensorFunction<Recomputed>
{
    private const string Part = "part";
    private const string Narrow = "narrow";

    private static ExceptionDispatchInfo? s_failure;

    public override string Name => nameof(Recomputed);

    /// <param name="part">Of the inputs; what else it needs has no gradient beside parameters.</param>
    /// <param name="inputs">One of them with a gradient; null where the part takes none.</param>
    public static Tensor Of(Func<IReadOnlyList<Tensor?>, Tensor> part, params Tensor?[] inputs) => apply([part, .. inputs.Select(input => input!)])[0];

    /// <summary>To be called after a backward pass: throws what was thrown in one, which libtorch's own code in between must not see.</summary>
    public static void ThrowFailure() => Interlocked.Exchange(ref s_failure, null)?.Throw();

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var part = (Func<IReadOnlyList<Tensor?>, Tensor>)vars[0];
        var inputs = vars.Skip(1).Cast<Tensor?>().ToList();
        ctx.save_data(Part, part);
        ctx.save_data(Narrow, Precision.IsBFloat16);
        ctx.save_for_backward(inputs!);
        using var scope = NewDisposeScope();
        return [part(inputs).MoveToOuterDisposeScope()];
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        try
        {
            return Again(ctx, grad_outputs);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref s_failure, ExceptionDispatchInfo.Capture(e), null);
            return [null!, .. ctx.get_saved_variables().Select(saved => saved is null ? null! : zeros_like(saved))];
        }
    }

    private static List<Tensor> Again(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        using var scope = NewDisposeScope();
        using var gradients = enable_grad();
        var counted = FlopCounter.Count;
        var inputs = ctx.get_saved_variables().Select(saved => saved?.detach().requires_grad_(saved.requires_grad)).ToList();
        using (Precision.Use((bool)ctx.get_data(Narrow), grad_outputs[0].device))
        {
            var again = ((Func<IReadOnlyList<Tensor?>, Tensor>)ctx.get_data(Part))(inputs);
            autograd.backward([again], grad_outputs);
        }

        FlopCounter.Add(counted - FlopCounter.Count); // it is no arithmetic of a forward pass
        return [null!, .. inputs.Select(input => input?.grad?.MoveToOuterDisposeScope()!)];
    }
}
