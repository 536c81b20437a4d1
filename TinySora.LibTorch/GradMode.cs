using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Gradient recording off until disposed.</summary>
    public static IDisposable no_grad() => new GradModeGuard(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradModeGuard(enabled);

    public static bool is_grad_enabled() => Native.ts_grad_mode() != 0;

    private sealed class GradModeGuard : IDisposable
    {
        private readonly int _before = Native.ts_grad_mode();

        internal GradModeGuard(bool enabled) => Native.ts_set_grad_mode(enabled ? 1 : 0);

        public void Dispose() => Native.ts_set_grad_mode(_before);
    }

    public static partial class autograd
    {
        /// <summary>Accumulates the gradients of the sum of <paramref name="tensors"/> into the leaves.</summary>
        public static unsafe void backward(
            IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null,
            bool create_graph = false, IList<Tensor>? inputs = null)
        {
            var roots = Handles(tensors);
            var gradients = Handles(grad_tensors);
            var leaves = Handles(inputs);
            fixed (nint* root = roots, gradient = gradients, leaf = leaves)
            {
                Native.Check(Native.ts_backward(
                    root, roots.Length, gradient, gradients.Length, retain_graph ?? create_graph ? 1 : 0,
                    create_graph ? 1 : 0, leaf, leaves.Length));
            }
            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
        }

        private static nint[] Handles(IList<Tensor>? tensors) => tensors?.Select(t => t.Handle).ToArray() ?? [];
    }
}
