using TorchSharp.Interop;

namespace TorchSharp;

public enum PaddingModes
{
    Zeros = 0, Reflect = 1, Replicate = 2, Circular = 3, Constant = 4,
}

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>How a loss becomes one number.</summary>
        public enum Reduction
        {
            None, Mean, Sum,
        }

        public static class functional
        {
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) =>
                Op.Call("aten::linear", input, weights, bias);

            public static Tensor conv1d(
                Tensor input, Tensor weight, Tensor? bias = null, long? stride = null, long? padding = null,
                long? dilation = null, long groups = 1) =>
                Op.Call("aten::conv1d", input, weight, bias, new[] { stride ?? 1 }, new[] { padding ?? 0 },
                    new[] { dilation ?? 1 }, groups);

            public static Tensor conv2d(
                Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null,
                long[]? dilation = null, long groups = 1) =>
                Op.Call("aten::conv2d", input, weight, bias, strides ?? [1, 1], padding ?? [0, 0], dilation ?? [1, 1],
                    groups);

            public static Tensor conv3d(
                Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null,
                long[]? dilation = null, long groups = 1) =>
                Op.Call("aten::conv3d", input, weight, bias, strides ?? [1, 1, 1], padding ?? [0, 0, 0],
                    dilation ?? [1, 1, 1], groups);

            public static Tensor conv_transpose2d(
                Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null,
                long[]? output_padding = null, long[]? dilation = null, long groups = 1) =>
                Op.Call("aten::conv_transpose2d.input", input, weight, bias, strides ?? [1, 1], padding ?? [0, 0],
                    output_padding ?? [0, 0], groups, dilation ?? [1, 1]);

            public static Tensor conv_transpose3d(
                Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null,
                long[]? output_padding = null, long[]? dilation = null, long groups = 1) =>
                Op.Call("aten::conv_transpose3d.input", input, weight, bias, strides ?? [1, 1, 1],
                    padding ?? [0, 0, 0], output_padding ?? [0, 0, 0], groups, dilation ?? [1, 1, 1]);

            /// <summary>Pads the last dimension first: (left, right, top, bottom, ...).</summary>
            public static Tensor pad(
                Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
            {
                var spatial = pad.Length / 2;
                return mode switch
                {
                    PaddingModes.Reflect => Op.Call(Padding("reflection", spatial), input, pad),
                    PaddingModes.Replicate => Op.Call(Padding("replication", spatial), input, pad),
                    PaddingModes.Circular => Op.Call("aten::_pad_circular", input, pad),
                    _ => Op.Call("aten::constant_pad_nd", input, pad, value),
                };
            }

            private static string Padding(string kind, int spatial) => string.Intern($"aten::{kind}_pad{spatial}d");

            public static Tensor layer_norm(
                Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5) =>
                Op.Call("aten::layer_norm", input, normalized_shape, weight, bias, eps);

            public static Tensor group_norm(
                Tensor input, long num_groups, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5) =>
                Op.Call("aten::group_norm", input, num_groups, weight, bias, eps);

            /// <summary>Over all axes but the second; running statistics are updated in training.</summary>
            public static Tensor batch_norm(
                Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight = null, Tensor? bias = null,
                bool training = false, double momentum = 0.1, double eps = 1e-5) =>
                Op.Call("aten::batch_norm", input, weight, bias, running_mean, running_var, training, momentum, eps, true);

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                inplace
                    ? Op.InPlace("aten::dropout_", input, p, training)
                    : Op.Call("aten::dropout", input, p, training);

            public static Tensor silu(Tensor x, bool inplace = false) => Activate("aten::silu", "aten::silu_", x, inplace);

            public static Tensor relu(Tensor x, bool inplace = false) => Activate("aten::relu", "aten::relu_", x, inplace);

            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01, bool inplace = false) =>
                inplace ? Op.InPlace("aten::leaky_relu_", input, negative_slope) : Op.Call("aten::leaky_relu", input, negative_slope);

            public static Tensor max_pool2d(
                Tensor input, long[] kernel_size, long[]? strides = null, long[]? padding = null, long[]? dilation = null, bool ceil_mode = false) =>
                Op.Call("aten::max_pool2d", input, kernel_size, strides ?? kernel_size, padding ?? [0, 0], dilation ?? [1, 1], ceil_mode);

            /// <summary>The exact (erf) GELU.</summary>
            public static Tensor gelu(Tensor x) => Op.Call("aten::gelu", x);

            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) =>
                Op.Call("aten::softplus", x, beta, threshold);

            public static Tensor one_hot(Tensor x, long num_classes = -1) => Op.Call("aten::one_hot", x, num_classes);

            public static Tensor pixel_shuffle(Tensor input, long upscale_factor) =>
                Op.Call("aten::pixel_shuffle", input, upscale_factor);

            public static Tensor pixel_unshuffle(Tensor input, long downscale_factor) =>
                Op.Call("aten::pixel_unshuffle", input, downscale_factor);

            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Op.Call("aten::l1_loss", input, target, (long)reduction);

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Op.Call("aten::mse_loss", input, target, (long)reduction);

            public static Tensor cross_entropy(
                Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100,
                Reduction reduction = Reduction.Mean, double label_smoothing = 0.0) =>
                Op.Call("aten::cross_entropy_loss", input, target, weight, (long)reduction, ignore_index,
                    label_smoothing);

            private static Tensor Activate(string name, string inPlaceName, Tensor x, bool inplace) =>
                inplace ? Op.InPlace(inPlaceName, x) : Op.Call(name, x);
        }
    }
}
