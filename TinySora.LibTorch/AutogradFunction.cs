using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        private interface IBackward
        {
            List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs);
        }

        /// <summary>What a function's forward pass leaves for its backward pass.</summary>
        public sealed class AutogradContext
        {
            private readonly Dictionary<string, object> _data = [];

            internal List<Tensor> Saved { get; set; } = [];

            /// <summary>At most once, in the forward pass; elements may be null.</summary>
            public void save_for_backward(List<Tensor> tensors) => Saved = tensors;

            /// <summary>In the backward pass: what was saved, which nothing has changed since.</summary>
            public List<Tensor> get_saved_variables() => Saved;

            public void save_data(string key, object value) => _data[key] = value;

            public object get_data(string key) => _data.GetValueOrDefault(key)!;
        }

        public abstract class Function<T> where T : Function<T>, new()
        {
            public abstract string Name { get; }
        }

        /// <summary>
        /// An operation with a backward pass of its own. The tensors among its arguments get gradients; anything else may be among them, too.
        /// </summary>
        public abstract class MultiTensorFunction<T> : Function<T>, IBackward where T : MultiTensorFunction<T>, new()
        {
            /// <summary>Gradients are not recorded while it runs.</summary>
            public abstract List<Tensor> forward(AutogradContext ctx, params object[] vars);

            /// <returns>A gradient, or null, for each argument of <see cref="forward"/>.</returns>
            public abstract List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs);

            public static List<Tensor> apply(params object[] vars)
            {
                var function = new T();
                var context = new AutogradContext();
                List<Tensor> outputs;
                using (no_grad())
                {
                    outputs = function.forward(context, vars);
                }
                return Attach(new Call(function, context, vars.Select(value => value is Tensor).ToArray()), vars.OfType<Tensor>(), outputs);
            }
        }

        /// <summary>What the graph keeps of a call, as long as it keeps the call.</summary>
        private sealed record Call(IBackward Function, AutogradContext Context, bool[] IsTensor);

        /// <returns>The outputs as results of the call in the graph.</returns>
        private static unsafe List<Tensor> Attach(Call call, IEnumerable<Tensor> arguments, List<Tensor> outputs)
        {
            var (inputs, saved) = (arguments.ToList(), call.Context.Saved);
            call.Context.Saved = [];
            var inputHandles = Handles(inputs);
            var savedHandles = saved.Select(tensor => tensor?.Handle ?? 0).ToArray();
            var results = Handles(outputs);
            fixed (nint* input = inputHandles, kept = savedHandles, result = results)
            {
                Native.Check(Native.ts_function_attach(
                    GCHandle.ToIntPtr(GCHandle.Alloc(call)), &Backward, &Release, input, inputHandles.Length, kept, savedHandles.Length,
                    result, results.Length));
            }
            GC.KeepAlive(inputs);
            GC.KeepAlive(saved);
            GC.KeepAlive(outputs);
            return results.Select(handle => new Tensor(handle)).ToList();
        }

        [UnmanagedCallersOnly]
        private static unsafe int Backward(nint key, nint* saved, int savedCount, nint* gradients, int gradientCount, nint* results)
        {
            try
            {
                using var scope = NewDisposeScope();
                var call = (Call)GCHandle.FromIntPtr(key).Target!;
                call.Context.Saved = Owned(saved, savedCount);
                var found = call.Function.backward(call.Context, Owned(gradients, gradientCount));
                call.Context.Saved = [];
                var ofTensors = found.Where((_, i) => call.IsTensor[i]).ToList();
                for (var i = 0; i < ofTensors.Count; i++)
                {
                    results[i] = ofTensors[i]?.MoveHandle() ?? 0;
                }
                return 0;
            }
            catch (Exception error)
            {
                Native.ts_function_fail(error.Message);
                return -1;
            }
        }

        [UnmanagedCallersOnly]
        private static void Release(nint key) => GCHandle.FromIntPtr(key).Free();

        private static unsafe List<Tensor> Owned(nint* handles, int count) =>
            new Span<nint>(handles, count).ToArray().Select(handle => handle == 0 ? null! : new Tensor(handle)).ToList();
    }
}
