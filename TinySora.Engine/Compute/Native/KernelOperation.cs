using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native;

/// <summary>What one kernel computes of some tensors, or a part of a network, and its gradients; each object is applied once.</summary>
internal abstract class KernelOperation
{
    [ThreadStatic]
    private static Pass? s_pass;

    private readonly Pass pass = s_pass ??= new();
    private Tensor?[] saved = [];
    private bool[] needed = [];

    /// <param name="inputs">Null: a tensor that is not there.</param>
    /// <returns>The result, which autograd knows where it is on and an input has a gradient.</returns>
    public Tensor Apply(params Tensor?[] inputs)
    {
        // Of TorchSharp's function nothing but the result is to live on: neither its temporaries nor the copies of results that it keeps.
        using var scope = NewDisposeScope();
        if (!is_grad_enabled())
        {
            return Compute(inputs).MoveToOuterDisposeScope();
        }

        needed = [.. inputs.Select(input => input is { requires_grad: true })];
        if (needed.Contains(true))
        {
            return Function.apply([this, .. inputs]).MoveToOuterDisposeScope();
        }

        using var off = no_grad();
        return Compute(inputs).MoveToOuterDisposeScope();
    }

    /// <summary>Computes gradients. Every backward pass goes through here, because an exception that leaves one ends the process.</summary>
    /// <param name="work">Calls libtorch.</param>
    /// <exception cref="Exception">Whatever was thrown in an operation's part of it.</exception>
    public static void RunBackward(Action work)
    {
        try
        {
            work();
        }
        finally
        {
            (s_pass ??= new()).End();
        }
    }

    /// <returns>The result; what the backward pass needs is left by <see cref="Save"/>.</returns>
    protected abstract Tensor Compute(Tensor?[] inputs);

    /// <param name="kept">What was saved, null where there was nothing.</param>
    /// <param name="gradient">Of the result, contiguous or not, in its type.</param>
    /// <returns>Of each input; null: it needs none.</returns>
    protected abstract Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient);

    protected void Save(params ReadOnlySpan<Tensor?> tensors) => saved = tensors.ToArray();

    protected bool Needs(int input) => needed.Length > 0 && needed[input];

    /// <summary>
    /// The tensor in one piece of memory, and in a type where one is given; itself where it is so, as to ask costs less than the handle that TorchSharp makes.
    /// </summary>
    [return: NotNullIfNotNull(nameof(x))]
    public static Tensor? Packed(Tensor? x, ScalarType? type = null)
    {
        x = x is null || type is null || x.dtype == type ? x : x.to(type.Value);
        return x is null || x.is_contiguous() ? x : x.contiguous();
    }

    /// <summary>The tensor with the numbers of its last dimension next to each other in memory.</summary>
    protected static Tensor InRows(Tensor x) => x.stride((int)x.dim() - 1) == 1 ? x : x.contiguous();

    /// <summary>
    /// What an operation keeps between its forward and backward pass. It belongs to the thread that applies operations; a GPU's gradients are
    /// computed on another.
    /// </summary>
    private sealed class Pass
    {
        /// <summary>An exception, which must not reach libtorch; nothing more is computed after it.</summary>
        public ExceptionDispatchInfo? Failure { get; set; }

        /// <summary>Handles of the gradients that the last operation gave to libtorch, which reads them after that has returned.</summary>
        public Tensor?[] Given { get; set; } = [];

        public void Release()
        {
            foreach (var gradient in Given)
            {
                gradient?.Dispose();
            }

            Given = [];
        }

        public void End()
        {
            Release();
            var failure = Failure;
            Failure = null;
            failure?.Throw();
        }
    }

    /// <summary>The operations as TorchSharp knows them: it has one object for all, and the first argument names each.</summary>
    private sealed class Function : autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(KernelOperation);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var operation = (KernelOperation)vars[0];
            var result = operation.Compute([.. vars.Skip(1).Cast<Tensor?>()]);
            ctx.save_for_backward(operation.saved.ToList()!);
            operation.saved = [];
            ctx.save_data(nameof(KernelOperation), operation);
            ctx.set_materialize_grads(false);
            return result;
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            var operation = (KernelOperation)ctx.get_data(nameof(KernelOperation));
            var gradients = new Tensor?[operation.needed.Length];
            operation.pass.Release();
            using var scope = NewDisposeScope();
            using var off = no_grad();
            using var given = grad_output;
            try
            {
                if (!grad_output.IsInvalid && operation.pass.Failure is null)
                {
                    gradients = operation.Differentiate(ctx.get_saved_variables(), grad_output);
                }
            }
#pragma warning disable CA1031 // see RunBackward
            catch (Exception e)
#pragma warning restore CA1031
            {
                operation.pass.Failure = ExceptionDispatchInfo.Capture(e);
            }

            // libtorch would let go of them after the pass of a whole graph; no graph is gone through twice here.
            ctx.Dispose();
            foreach (var gradient in gradients)
            {
                gradient?.DetachFromDisposeScope();
            }

            operation.pass.Given = gradients;
            return [null!, .. gradients.Select(gradient => gradient!)];
        }
    }
}
