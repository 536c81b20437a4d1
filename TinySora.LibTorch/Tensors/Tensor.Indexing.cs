using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => index_put_(value, TensorIndex.Single(i1));
        }

        public Tensor this[long i1, long i2]
        {
            get => index(i1, i2);
            set => index_put_(value, i1, i2);
        }

        public Tensor this[long i1, long i2, long i3]
        {
            get => index(i1, i2, i3);
        }

        public Tensor index(params Tensor[] indices) => Op.Call("aten::index.Tensor", this, indices);

        public Tensor index(params TensorIndex[] indices)
        {
            var (view, positions) = Apply(indices);
            return positions is null ? view : view.index(positions);
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, indices, false);

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) =>
            Op.InPlace("aten::index_put_", this, indices, value, accumulate);

        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            var (view, positions) = Apply(indices);
            if (positions is null)
            {
                view.copy_(value);
            }
            else
            {
                view.index_put_(value, positions);
            }
            return this;
        }

        public Tensor select(long dim, long index) => Op.Call("aten::select.int", this, dim, index);

        public Tensor narrow(long dim, long start, long length) => Op.Call("aten::narrow", this, dim, start, length);

        public Tensor slice(long dim, long start, long finish, long step) =>
            Op.Call("aten::slice.Tensor", this, dim, start, finish, step);

        public Tensor index_select(long dim, Tensor index) => Op.Call("aten::index_select", this, dim, index);

        public Tensor index_copy_(long dim, Tensor index, Tensor source) =>
            Op.InPlace("aten::index_copy_", this, dim, index, source);

        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Op.InPlace("aten::index_add_", this, dim, index, source, alpha);

        public Tensor gather(long dim, Tensor index) => Op.Call("aten::gather", this, dim, index);

        public Tensor scatter_(long dim, Tensor index, Tensor src) =>
            Op.InPlace("aten::scatter_.src", this, dim, index, src);

        public Tensor masked_fill(Tensor mask, Scalar value) =>
            Op.Call("aten::masked_fill.Scalar", this, mask, value);

        public Tensor masked_fill_(Tensor mask, Scalar value) =>
            Op.InPlace("aten::masked_fill_.Scalar", this, mask, value);

        public Tensor nonzero() => Op.Call("aten::nonzero", this);

        public Tensor where(Tensor condition, Tensor y) => Op.Call("aten::where.self", condition, this, y);

        // Slices, single positions and new axes are views, taken one after the other; tensors of positions are left
        // for aten::index, with null for the dimensions in between.
        private (Tensor View, Tensor[]? Positions) Apply(TensorIndex[] indices)
        {
            var view = this;
            var positions = new List<Tensor?>();
            var consumed = indices.Count(index => index.Kind is not (TensorIndex.Form.NewAxis or TensorIndex.Form.Ellipsis));
            foreach (var index in indices)
            {
                var dim = positions.Count;
                switch (index.Kind)
                {
                    case TensorIndex.Form.Single:
                        view = view.select(dim, index.Start!.Value);
                        break;
                    case TensorIndex.Form.Slice:
                        view = Op.Call("aten::slice.Tensor", view, dim, index.Start, index.Stop, index.Step ?? 1);
                        positions.Add(null);
                        break;
                    case TensorIndex.Form.NewAxis:
                        view = view.unsqueeze(dim);
                        positions.Add(null);
                        break;
                    case TensorIndex.Form.Ellipsis:
                        positions.AddRange(new Tensor?[ndim - consumed]);
                        break;
                    case TensorIndex.Form.Tensor:
                        positions.Add(index.Positions);
                        break;
                }
            }
            view = ReferenceEquals(view, this) ? alias() : view;
            return (view, positions.Exists(p => p is not null) ? [.. positions!] : null);
        }
    }
}
