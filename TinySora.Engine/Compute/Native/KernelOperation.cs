using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute;

/// <summary>What one kernel computes of some tensors, and its gradients; each object is applied once.</summary>
internal abstract class KernelOperation
{
    /// <summary>What libtorch must not see, because an exception that leaves a backward pass ends the process.</summary>
    [ThreadStatic]
    private static ExceptionDispatchInfo? s_failure;

    /// <summary>Handles of the gradients that the last operation gave to libtorch, which reads them after that has returned.</summary>
    [ThreadStatic]
    private static Tensor?[]? s_given;

    private List<Tensor> saved = [];
    private bool[] needed = [];

    /// <param name="inputs">Null: a tensor that is not there.</param>
    /// <returns>The result, which autograd knows where it is on and an input has a gradient.</returns>
    public Tensor Apply(params Tensor?[] inputs)
    {
        // Of TorchSharp's function nothing but the result is to live on: neither its temporaries nor the copies of results that it keeps.
        using var scope = NewDisposeScope();
        needed = [.. inputs.Select(input => is_grad_enabled() && input is { requires_grad: true })];
        if (needed.Contains(true))
        {
            return Function.apply([this, .. inputs]).MoveToOuterDisposeScope();
        }

        using var off = no_grad();
        return Compute(inputs).MoveToOuterDisposeScope();
    }

    /// <summary>To be called after a backward pass: throws what a kernel's part of it threw.</summary>
    public static void EndBackward()
    {
        Release();
        var failure = s_failure;
        s_failure = null;
        failure?.Throw();
    }

    /// <returns>The result; what the backward pass needs is left by <see cref="Save"/>.</returns>
    protected abstract Tensor Compute(Tensor?[] inputs);

    /// <param name="kept">What was saved.</param>
    /// <param name="gradient">Of the result, contiguous or not, in its type.</param>
    /// <returns>Of each input; null: it needs none.</returns>
    protected abstract Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient);

    protected void Save(params ReadOnlySpan<Tensor> tensors) => saved = [.. tensors];

    /// <summary>Whether an input is to have a gradient.</summary>
    protected bool Needs(int input) => needed[input];

    /// <summary>With the numbers of the last dimension side by side.</summary>
    protected static Tensor InRows(Tensor x) => x.stride((int)x.dim() - 1) == 1 ? x : x.contiguous();

    private static void Release()
    {
        foreach (var gradient in s_given ?? [])
        {
            gradient?.Dispose();
        }

        s_given = null;
    }

    /// <summary>TorchSharp has one object of this for all operations, which is told of each by the first argument.</summary>
    private sealed class Function : autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(KernelOperation);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var operation = (KernelOperation)vars[0];
            var result = operation.Compute([.. vars.Skip(1).Cast<Tensor?>()]);
            ctx.save_for_backward(operation.saved);
            operation.saved = [];
            ctx.save_data(nameof(KernelOperation), operation);
            ctx.set_materialize_grads(false);
            return result;
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            var operation = (KernelOperation)ctx.get_data(nameof(KernelOperation));
            var gradients = new Tensor?[operation.needed.Length];
            Release();
            using var scope = NewDisposeScope();
            using var off = no_grad();
            using var given = grad_output;
            try
            {
                if (!grad_output.IsInvalid && s_failure is null)
                {
                    gradients = operation.Differentiate(ctx.get_saved_variables(), grad_output);
                }
            }
#pragma warning disable CA1031 // see s_failure
            catch (Exception e)
#pragma warning restore CA1031
            {
                s_failure = ExceptionDispatchInfo.Capture(e);
            }

            // libtorch would let go of them after the pass of a whole graph; no graph is gone through twice here.
            ctx.Dispose();
            foreach (var gradient in gradients)
            {
                gradient?.DetachFromDisposeScope();
            }

            s_given = gradients;
            return [null!, .. gradients.Select(gradient => gradient!)];
        }
    }
}
