using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native;

/// <summary>An operation and its gradients, computed by one kernel or by a part of a network. Each instance is applied only once.</summary>
internal abstract class KernelOperation
{
    [ThreadStatic]
    private static Pass? s_pass;

    private readonly Pass pass = s_pass ??= new();
    private Tensor?[] saved = [];
    private bool[] needed = [];

    /// <param name="inputs">Input tensors; <c>null</c> for an absent one.</param>
    /// <returns>The result, recorded by autograd if it is enabled and an input requires a gradient.</returns>
    public Tensor Apply(params Tensor?[] inputs)
    {
        // Only the result may outlive this call, not the temporaries of TorchSharp's function or the copies of results that it keeps.
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

    /// <summary>
    /// Runs a backward pass. Every backward pass must use this method, because an exception that escapes from libtorch's pass ends the process.
    /// </summary>
    /// <param name="work">Action that calls libtorch.</param>
    /// <exception cref="Exception">The exception that an operation threw during the pass.</exception>
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

    /// <returns>The result. Implementations pass the tensors that the backward pass needs to <see cref="Save"/>.</returns>
    protected abstract Tensor Compute(Tensor?[] inputs);

    /// <param name="kept">Saved tensors; <c>null</c> where <c>null</c> was saved.</param>
    /// <param name="gradient">Gradient of the result, in the result's type; not necessarily contiguous.</param>
    /// <returns>The gradient of each input; <c>null</c> for an input that needs none.</returns>
    protected abstract Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient);

    protected void Save(params ReadOnlySpan<Tensor?> tensors) => saved = tensors.ToArray();

    protected bool Needs(int input) => needed.Length > 0 && needed[input];

    /// <summary>
    /// Returns a tensor in contiguous form and, if a type is specified, converted to that type. These checks take less time than creating the new handle that
    /// TorchSharp would return for an unchanged tensor.
    /// </summary>
    [return: NotNullIfNotNull(nameof(x))]
    public static Tensor? ToContiguous(Tensor? x, ScalarType? type = null)
    {
        x = x is null || type is null || x.dtype == type ? x : x.to(type.Value);
        return x is null || x.is_contiguous() ? x : x.contiguous();
    }

    /// <summary>Returns a tensor, copied if necessary, whose values along the last dimension are adjacent in memory.</summary>
    protected static Tensor WithContiguousRows(Tensor x) => x.stride((int)x.dim() - 1) == 1 ? x : x.contiguous();

    /// <summary>
    /// State of a backward pass, shared by all operations that the same thread applies. Each operation keeps a reference to it, because gradients on a GPU
    /// are computed on another thread.
    /// </summary>
    private sealed class Pass
    {
        /// <summary>The first exception, which must not reach libtorch. No operation runs after this exception.</summary>
        public ExceptionDispatchInfo? Failure { get; set; }

        /// <summary>Gradients that the last operation returned to libtorch, which reads them only after the operation has returned.</summary>
        public Tensor?[] Gradients { get; set; } = [];

        public void Release()
        {
            foreach (var gradient in Gradients)
            {
                gradient?.Dispose();
            }

            Gradients = [];
        }

        public void End()
        {
            Release();
            var failure = Failure;
            Failure = null;
            failure?.Throw();
        }
    }

    /// <summary>The function that TorchSharp calls. TorchSharp keeps one object for all operations, so the operation is passed as the first argument.</summary>
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

            // Each graph is traversed only once, so the saved tensors can be freed now. libtorch would free them only after the whole pass.
            ctx.Dispose();
            foreach (var gradient in gradients)
            {
                gradient?.DetachFromDisposeScope();
            }

            operation.pass.Gradients = gradients;
            return [null!, .. gradients.Select(gradient => gradient!)];
        }
    }
}
