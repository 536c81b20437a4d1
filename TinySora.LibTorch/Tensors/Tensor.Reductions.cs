using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor sum(ScalarType? type = null) => Op.Call("aten::sum", this, type);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum([dim], keepdim, type);

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) =>
            Op.Call("aten::sum.dim_IntList", this, dim, keepdim, type);

        public Tensor mean() => Op.Call("aten::mean", this);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            Op.Call("aten::mean.dim", this, dimensions, keepdim, type);

        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed(Op.Call("aten::var.dim", this, dimensions, unbiased, keepdim), type);

        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed(Op.Call("aten::std.dim", this, dimensions, unbiased, keepdim), type);

        public Tensor norm(float p = 2.0f) => Op.Call("aten::norm.Scalar", this, (double)p);

        public Tensor norm(int dim, bool keepdim = false, float p = 2.0f) =>
            Op.Call("aten::norm.ScalarOpt_dim", this, (double)p, new[] { (long)dim }, keepdim);

        public Tensor max() => Op.Call("aten::max", this);

        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) =>
            Pair(Op.CallMany("aten::max.dim", this, dim, keepdim));

        public Tensor min() => Op.Call("aten::min", this);

        public Tensor amax(long[] dims, bool keepdim = false) => Op.Call("aten::amax", this, dims, keepdim);

        public Tensor argmax(long dim, bool keepdim = false) => Op.Call("aten::argmax", this, dim, keepdim);

        public Tensor all() => Op.Call("aten::all", this);

        public Tensor cumsum(long dim, ScalarType? type = null) => Op.Call("aten::cumsum", this, dim, type);

        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) =>
            Op.Call("aten::quantile", this, q, dim, keepdim);

        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) =>
            Pair(Op.CallMany("aten::sort.stable", this, stable, dim, descending));

        public Tensor argsort(long dim = -1, bool descending = false) =>
            Op.Call("aten::argsort", this, dim, descending);

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) =>
            Pair(Op.CallMany("aten::topk", this, k, dim, largest, sorted));

        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
            Op.CallBoolean("aten::allclose", this, target, rtol, atol, equal_nan);

        private static (Tensor, Tensor) Pair(Tensor[] results) => (results[0], results[1]);

        private static Tensor Typed(Tensor result, ScalarType? type) => type is { } t ? result.to(t) : result;
    }
}
