using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules
{
    public sealed class Linear : Module<Tensor, Tensor>
    {
        public readonly Parameter weight;
        public readonly Parameter? bias;

        internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype)
            : base(nameof(Linear))
        {
            weight = new Parameter(empty(outputSize, inputSize, dtype, device));
            bias = hasBias ? new Parameter(empty([outputSize], dtype, device)) : null;
            init.Layer(weight, bias);
            RegisterComponents();
        }

        public override Tensor forward(Tensor tensor) => functional.linear(tensor, weight, bias);
    }

    public sealed class Embedding : Module<Tensor, Tensor>
    {
        public readonly Parameter weight;

        internal Embedding(long count, long width, long? paddingIndex) : base(nameof(Embedding))
        {
            weight = new Parameter(empty(count, width));
            init.normal_(weight);
            if (paddingIndex is { } index)
            {
                using var _ = no_grad();
                weight[index].zero_();
            }
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => Interop.Op.Call("aten::embedding", weight, input);
    }

    public sealed class LayerNorm : Module<Tensor, Tensor>
    {
        public readonly Parameter? weight;
        public readonly Parameter? bias;
        private readonly long[] _shape;
        private readonly double _eps;

        internal LayerNorm(long[] shape, double eps, bool affine, bool hasBias, Device? device, ScalarType? dtype)
            : base(nameof(LayerNorm))
        {
            (_shape, _eps) = (shape, eps);
            weight = affine ? new Parameter(ones(shape, dtype, device)) : null;
            bias = affine && hasBias ? new Parameter(zeros(shape, dtype, device)) : null;
            RegisterComponents();
        }

        public override Tensor forward(Tensor tensor) => functional.layer_norm(tensor, _shape, weight, bias, _eps);
    }

    public sealed class GroupNorm : Module<Tensor, Tensor>
    {
        public readonly Parameter? weight;
        public readonly Parameter? bias;
        private readonly long _groups;
        private readonly double _eps;

        internal GroupNorm(long groups, long channels, double eps, bool affine, Device? device, ScalarType? dtype)
            : base(nameof(GroupNorm))
        {
            (_groups, _eps) = (groups, eps);
            weight = affine ? new Parameter(ones([channels], dtype, device)) : null;
            bias = affine ? new Parameter(zeros([channels], dtype, device)) : null;
            RegisterComponents();
        }

        public override Tensor forward(Tensor tensor) => functional.group_norm(tensor, _groups, weight, bias, _eps);
    }

    public sealed class Dropout : Module<Tensor, Tensor>
    {
        private readonly double _p;
        private readonly bool _inplace;

        internal Dropout(double p, bool inplace) : base(nameof(Dropout)) => (_p, _inplace) = (p, inplace);

        public override Tensor forward(Tensor tensor) => functional.dropout(tensor, _p, training, _inplace);
    }

    public sealed class Identity : Module<Tensor, Tensor>
    {
        internal Identity() : base(nameof(Identity))
        {
        }

        public override Tensor forward(Tensor tensor) => tensor.alias();
    }

    public sealed class SiLU : Module<Tensor, Tensor>
    {
        internal SiLU() : base(nameof(SiLU))
        {
        }

        public override Tensor forward(Tensor tensor) => functional.silu(tensor);
    }

    public sealed class GELU : Module<Tensor, Tensor>
    {
        internal GELU() : base(nameof(GELU))
        {
        }

        public override Tensor forward(Tensor tensor) => functional.gelu(tensor);
    }

    public sealed class ReLU : Module<Tensor, Tensor>
    {
        internal ReLU() : base(nameof(ReLU))
        {
        }

        public override Tensor forward(Tensor tensor) => functional.relu(tensor);
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public static Linear Linear(
                long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, outputSize, hasBias, device, dtype);

            public static Embedding Embedding(
                long num_embeddings, long embedding_dims, long? padding_idx = null) =>
                new(num_embeddings, embedding_dims, padding_idx);

            public static LayerNorm LayerNorm(
                long normalized_shape, double eps = 1e-05, bool elementwise_affine = true, bool bias = true,
                Device? device = null, ScalarType? dtype = null) =>
                new([normalized_shape], eps, elementwise_affine, bias, device, dtype);

            public static GroupNorm GroupNorm(
                long num_groups, long num_channels, double eps = 1e-05, bool affine = true, Device? device = null,
                ScalarType? dtype = null) => new(num_groups, num_channels, eps, affine, device, dtype);

            public static Dropout Dropout(double p = 0.5, bool inplace = false) => new(p, inplace);

            public static Identity Identity() => new();

            public static SiLU SiLU() => new();

            public static GELU GELU() => new();

            public static ReLU ReLU() => new();
        }
    }
}
