using System.Runtime.CompilerServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A tensor of libtorch. Its memory is invisible to the garbage collector: dispose it, or make it inside a
    /// <see cref="DisposeScope"/>. This part holds lifetime and description; the operators are in the files beside it.
    /// </summary>
    public partial class Tensor : IDisposable
    {
        private static long s_count;
        private nint _handle;

        internal Tensor(nint handle, bool register = true)
        {
            _handle = handle;
            Interlocked.Increment(ref s_count);
            if (register)
            {
                DisposeScope.Current?.Attach(this);
            }
        }

        ~Tensor() => Dispose(false);

        /// <param name="handle">Of an at::Tensor on the heap, which becomes this object's.</param>
        public static Tensor UnsafeCreateTensor(nint handle) => new(handle);

        /// <summary>Live tensors of this process.</summary>
        public static long TotalCount => Interlocked.Read(ref s_count);

        /// <exception cref="InvalidOperationException">The tensor was disposed.</exception>
        public nint Handle => _handle != 0 ? _handle : throw new InvalidOperationException("Tensor invalid -- empty handle.");

        public bool IsInvalid => _handle == 0;

        internal DisposeScope? OwningDisposeScope { get; set; }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (_handle == 0)
            {
                return;
            }
            if (disposing)
            {
                OwningDisposeScope?.Forget(this);
                OwningDisposeScope = null;
            }
            Native.ts_tensor_free(MoveHandle());
        }

        /// <summary>Gives the native tensor away and leaves this object empty.</summary>
        internal nint MoveHandle()
        {
            var handle = Handle;
            _handle = 0;
            Interlocked.Decrement(ref s_count);
            return handle;
        }

        /// <summary>Frees the native tensor and holds another one from now on.</summary>
        internal void ReplaceHandle(nint handle)
        {
            Native.ts_tensor_free(Handle);
            _handle = handle;
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public unsafe long[] shape
        {
            get
            {
                var sizes = new long[Native.ts_tensor_dim(Handle)];
                fixed (long* first = sizes)
                {
                    Native.ts_tensor_sizes(Handle, first);
                }
                GC.KeepAlive(this);
                return sizes;
            }
        }

        public long size(int dim) => shape[dim < 0 ? dim + (int)ndim : dim];

        public unsafe long[] stride()
        {
            var strides = new long[Native.ts_tensor_dim(Handle)];
            fixed (long* first = strides)
            {
                Native.ts_tensor_strides(Handle, first);
            }
            GC.KeepAlive(this);
            return strides;
        }

        public long ndim => Read(Native.ts_tensor_dim(Handle));

        public long numel() => Read(Native.ts_tensor_numel(Handle));

        public long ElementSize => ElementSize(dtype);

        public long element_size() => ElementSize;

        public ScalarType dtype => (ScalarType)Read(Native.ts_tensor_dtype(Handle));

        public Device device => Device.FromCode(Read(Native.ts_tensor_device(Handle)));

        public DeviceType device_type => device.type;

        public bool is_contiguous() => Read(Native.ts_tensor_is_contiguous(Handle)) != 0;

        public bool requires_grad
        {
            get => Read(Native.ts_tensor_requires_grad(Handle)) != 0;
            set => Native.Check(Read(Native.ts_tensor_set_requires_grad(Handle, value ? 1 : 0)));
        }

        public Tensor requires_grad_(bool requires_grad = true) => with_requires_grad(requires_grad);

        public Tensor with_requires_grad(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        /// <summary>The accumulated gradient, or null; a new object that shares its memory at every call.</summary>
        public Tensor? grad
        {
            get
            {
                var handle = Read(Native.ts_tensor_grad(Handle));
                return handle == 0 ? null : new Tensor(handle);
            }
            set
            {
                Native.Check(Native.ts_tensor_set_grad(Handle, value?.Handle ?? 0));
                GC.KeepAlive(this);
                GC.KeepAlive(value);
            }
        }

        public void backward(
            IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false,
            IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);

        /// <summary>Another object for the same native tensor.</summary>
        public Tensor alias() => new(Read(Native.ts_tensor_alias(Handle)));

        public override string ToString() =>
            IsInvalid ? "(disposed)" : $"[{string.Join("x", shape)}], type = {dtype}, device = {device}";

        // The object must not be finalized, and its native tensor freed, while the native call runs.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private T Read<T>(T value)
        {
            GC.KeepAlive(this);
            return value;
        }
    }
}
