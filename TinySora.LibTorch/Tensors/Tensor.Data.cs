using TorchSharp.Interop;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>Typed access to the elements of a CPU tensor, in its own order of strides.</summary>
        /// <exception cref="InvalidOperationException">The tensor is on another device.</exception>
        /// <exception cref="ArgumentException">The element type is another one.</exception>
        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            RequireCpu();
            if (TypeOf<T>() != dtype)
            {
                throw new ArgumentException($"A tensor of {dtype} has no elements of type {typeof(T)}.");
            }
            return new TensorAccessor<T>(this);
        }

        /// <summary>The bytes of a contiguous CPU tensor; the span points into the tensor.</summary>
        public unsafe Span<byte> bytes
        {
            get
            {
                RequireCpu();
                if (!is_contiguous())
                {
                    throw new NotSupportedException("Bytes() called on non-contiguous tensor.");
                }
                return new Span<byte>(Native.ts_tensor_data(Handle), checked((int)(numel() * ElementSize)));
            }
        }

        /// <summary>The only element.</summary>
        public T item<T>() where T : unmanaged
        {
            if (numel() != 1)
            {
                throw new ArgumentException($"Only a tensor of one element has an item; this one is {this}.");
            }
            using var here = device_type == DeviceType.CPU ? alias() : cpu();
            return here.data<T>()[0];
        }

        /// <summary>The only element, as a number of its own kind.</summary>
        public Scalar ToScalar() => Op.CallScalar("aten::item", this);

        private void RequireCpu()
        {
            if (device_type != DeviceType.CPU)
            {
                throw new InvalidOperationException($"Reading data requires a CPU tensor; this one is on {device}.");
            }
        }
    }
}

public static class TensorExtensionMethods
{
    public static float ToSingle(this torch.Tensor value) => value.ToScalar().ToSingle();
    public static double ToDouble(this torch.Tensor value) => value.ToScalar().ToDouble();
    public static long ToInt64(this torch.Tensor value) => value.ToScalar().ToInt64();
    public static bool ToBoolean(this torch.Tensor value) => value.ToScalar().ToBoolean();
}
