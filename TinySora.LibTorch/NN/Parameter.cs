namespace TorchSharp.Modules
{
    /// <summary>A tensor that a module trains.</summary>
    public class Parameter : torch.Tensor
    {
        /// <param name="data">Gives its memory away and is empty afterwards.</param>
        public Parameter(torch.Tensor data, bool requires_grad = true)
            : base(Take(data, requires_grad, out var scope), register: false)
        {
            scope?.Attach(this);
        }

        /// <summary>Takes over another native tensor; whoever holds this object sees the new one.</summary>
        internal void Become(torch.Tensor data)
        {
            var requiresGrad = requires_grad;
            ReplaceHandle(data.MoveHandle());
            requires_grad = requiresGrad;
        }

        private static nint Take(torch.Tensor data, bool requiresGrad, out DisposeScope? scope)
        {
            scope = data.OwningDisposeScope;
            scope?.Detach(data);
            return data.with_requires_grad(requiresGrad).MoveHandle();
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
        }
    }
}
