namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Fills parameters as PyTorch does, with the same draws under the same seed.</summary>
        public static class init
        {
            public static Tensor ones_(Tensor tensor) => constant_(tensor, 1);

            public static Tensor zeros_(Tensor tensor) => constant_(tensor, 0);

            public static Tensor constant_(Tensor tensor, Scalar val)
            {
                using var _ = no_grad();
                return tensor.fill_(val);
            }

            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1, Generator? generator = null)
            {
                using var _ = no_grad();
                return tensor.uniform_(low, high, generator);
            }

            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1, Generator? generator = null)
            {
                using var _ = no_grad();
                return tensor.normal_(mean, std, generator);
            }

            /// <summary>He et al. 2015 for a leaky ReLU of slope <paramref name="a"/>, over the fan-in.</summary>
            public static Tensor kaiming_uniform_(Tensor tensor, double a = 0)
            {
                var (fanIn, _) = CalculateFanInAndFanOut(tensor);
                var bound = Math.Sqrt(3) * Math.Sqrt(2 / (1 + a * a)) / Math.Sqrt(fanIn);
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>Glorot and Bengio 2010.</summary>
            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1.0)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                var bound = Math.Sqrt(3) * gain * Math.Sqrt(2.0 / (fanIn + fanOut));
                return uniform_(tensor, -bound, bound);
            }

            public static (long fanIn, long fanOut) CalculateFanInAndFanOut(Tensor tensor)
            {
                var shape = tensor.shape;
                if (shape.Length < 2)
                {
                    throw new ArgumentException("Fan-in and fan-out need a tensor of two or more dimensions.");
                }
                var receptive = shape.Skip(2).Aggregate(1L, (product, size) => product * size);
                return (shape[1] * receptive, shape[0] * receptive);
            }

            /// <summary>PyTorch's default for the layers that hold a weight and a bias.</summary>
            internal static void Layer(Tensor weight, Tensor? bias)
            {
                kaiming_uniform_(weight, Math.Sqrt(5));
                if (bias is not null)
                {
                    var bound = 1 / Math.Sqrt(CalculateFanInAndFanOut(weight).fanIn);
                    uniform_(bias, -bound, bound);
                }
            }
        }
    }
}
