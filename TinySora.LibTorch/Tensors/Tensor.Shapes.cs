using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor view(params long[] shape) => Op.Call("aten::view", this, shape);

        public Tensor view_as(Tensor other) => view(other.shape);

        public Tensor reshape(params long[] shape) => Op.Call("aten::reshape", this, shape);

        public Tensor permute(params long[] permutation) => Op.Call("aten::permute", this, permutation);

        public Tensor transpose(long dim0, long dim1) => Op.Call("aten::transpose.int", this, dim0, dim1);

        public Tensor t() => Op.Call("aten::t", this);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) =>
            Op.Call("aten::flatten.using_ints", this, start_dim, end_dim);

        /// <param name="dim">Not counted from the end: TorchSharp refuses that.</param>
        public Tensor unflatten(long dim, params long[] sizes)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dim);
            return reshape([.. shape.Take((int)dim), .. sizes, .. shape.Skip((int)dim + 1)]);
        }

        public Tensor unsqueeze(long dim) => Op.Call("aten::unsqueeze", this, dim);

        public Tensor squeeze(long? dim = null) =>
            dim is { } d ? Op.Call("aten::squeeze.dim", this, d) : Op.Call("aten::squeeze", this);

        public Tensor expand(params long[] sizes) => Op.Call("aten::expand", this, sizes);

        public Tensor repeat(params long[] sizes) => Op.Call("aten::repeat", this, sizes);

        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) =>
            Op.Call("aten::repeat_interleave.self_int", this, repeats, dim, output_size);

        public Tensor flip(params long[] dims) => Op.Call("aten::flip", this, dims);

        public Tensor tril(long diagonal = 0) => Op.Call("aten::tril", this, diagonal);

        public Tensor triu(long diagonal = 0) => Op.Call("aten::triu", this, diagonal);

        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) =>
            Op.Call("aten::as_strided", this, size, strides, storageOffset);

        public Tensor contiguous() => Op.Call("aten::contiguous", this);

        public Tensor clone() => Op.Call("aten::clone", this);

        public Tensor detach() => Op.Call("aten::detach", this);

        public Tensor[] split(long size, int dim = 0) => Op.CallMany("aten::split.Tensor", this, size, dim);

        public Tensor[] split(long[] sizes, long dim = 0) =>
            Op.CallMany("aten::split_with_sizes", this, sizes, dim);

        public Tensor[] chunk(long chunks, long dim = 0) => Op.CallMany("aten::chunk", this, chunks, dim);

        public Tensor[] unbind(long dimension = 0) => Op.CallMany("aten::unbind.int", this, dimension);

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted(Op.Call("aten::to.dtype", this, type, non_blocking, copy), disposeAfter);

        public Tensor to(
            ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted(Op.Call("aten::to.device", this, device, type, non_blocking, copy), disposeAfter);

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(dtype, device, copy, disposeAfter, non_blocking);

        public Tensor cpu() => to(CPU);

        private Tensor Converted(Tensor result, bool disposeAfter)
        {
            if (disposeAfter)
            {
                Dispose();
            }
            return result;
        }
    }
}
