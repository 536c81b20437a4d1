using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules
{
    /// <summary>What the convolutions share: a weight (out, in / groups, kernel...), a bias, and their settings.</summary>
    public abstract class Convolution : Module<Tensor, Tensor>
    {
        private protected Convolution(
            string name, bool transposed, long inChannels, long outChannels, long[] kernel, long[] stride,
            long[] padding, long[] outputPadding, long[] dilation, PaddingModes paddingMode, long groups, bool bias,
            Device? device, ScalarType? dtype)
            : base(name)
        {
            (this.stride, this.padding, this.dilation, this.groups) = (stride, padding, dilation, groups);
            (output_padding, padding_mode) = (outputPadding, paddingMode);
            long[] size = transposed
                ? [inChannels, outChannels / groups, .. kernel]
                : [outChannels, inChannels / groups, .. kernel];
            weight = new Parameter(empty(size, dtype, device));
            this.bias = bias ? new Parameter(empty([outChannels], dtype, device)) : null;
            init.Layer(weight, this.bias);
            RegisterComponents();
        }

        public readonly Parameter weight;
        public readonly Parameter? bias;

        protected long[] stride { get; }

        protected long[] padding { get; }

        protected long[] output_padding { get; }

        protected long[] dilation { get; }

        protected long groups { get; }

        protected PaddingModes padding_mode { get; }

        /// <summary>The input with its border, and the padding that the convolution itself still adds.</summary>
        private protected (Tensor input, long[] padding) Pad(Tensor input)
        {
            if (padding_mode == PaddingModes.Zeros)
            {
                return (input, padding);
            }
            long[] border = [.. Enumerable.Reverse(padding).SelectMany(size => new[] { size, size })];
            return (functional.pad(input, border, padding_mode), new long[padding.Length]);
        }
    }

    public sealed class Conv1d : Convolution
    {
        internal Conv1d(
            long inChannels, long outChannels, long[] kernel, long[] stride, long[] padding, long[] dilation,
            PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
            : base(nameof(Conv1d), false, inChannels, outChannels, kernel, stride, padding, [0], dilation, mode, groups,
                bias, device, dtype)
        {
        }

        public override Tensor forward(Tensor input)
        {
            var (padded, rest) = Pad(input);
            return functional.conv1d(padded, weight, bias, stride[0], rest[0], dilation[0], groups);
        }
    }

    public sealed class Conv2d : Convolution
    {
        internal Conv2d(
            long inChannels, long outChannels, long[] kernel, long[] stride, long[] padding, long[] dilation,
            PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
            : base(nameof(Conv2d), false, inChannels, outChannels, kernel, stride, padding, [0, 0], dilation, mode,
                groups, bias, device, dtype)
        {
        }

        public override Tensor forward(Tensor input)
        {
            var (padded, rest) = Pad(input);
            return functional.conv2d(padded, weight, bias, stride, rest, dilation, groups);
        }
    }

    public sealed class Conv3d : Convolution
    {
        internal Conv3d(
            long inChannels, long outChannels, long[] kernel, long[] stride, long[] padding, long[] dilation,
            PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
            : base(nameof(Conv3d), false, inChannels, outChannels, kernel, stride, padding, [0, 0, 0], dilation, mode,
                groups, bias, device, dtype)
        {
        }

        public override Tensor forward(Tensor input)
        {
            var (padded, rest) = Pad(input);
            return functional.conv3d(padded, weight, bias, stride, rest, dilation, groups);
        }
    }

    public sealed class ConvTranspose2d : Convolution
    {
        internal ConvTranspose2d(
            long inChannels, long outChannels, long[] kernel, long[] stride, long[] padding, long[] outputPadding,
            long[] dilation, long groups, bool bias, Device? device, ScalarType? dtype)
            : base(nameof(ConvTranspose2d), true, inChannels, outChannels, kernel, stride, padding, outputPadding,
                dilation, PaddingModes.Zeros, groups, bias, device, dtype)
        {
        }

        public override Tensor forward(Tensor input) =>
            functional.conv_transpose2d(input, weight, bias, stride, padding, output_padding, dilation, groups);
    }

    public sealed class ConvTranspose3d : Convolution
    {
        internal ConvTranspose3d(
            long inChannels, long outChannels, long[] kernel, long[] stride, long[] padding, long[] outputPadding,
            long[] dilation, long groups, bool bias, Device? device, ScalarType? dtype)
            : base(nameof(ConvTranspose3d), true, inChannels, outChannels, kernel, stride, padding, outputPadding,
                dilation, PaddingModes.Zeros, groups, bias, device, dtype)
        {
        }

        public override Tensor forward(Tensor input) =>
            functional.conv_transpose3d(input, weight, bias, stride, padding, output_padding, dilation, groups);
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public static Conv1d Conv1d(
                long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0,
                long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
                Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, [kernel_size], [stride], [padding], [dilation], padding_mode, groups,
                    bias, device, dtype);

            public static Conv2d Conv2d(
                long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0,
                long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
                Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, Twice(kernel_size), Twice(stride), Twice(padding), Twice(dilation),
                    padding_mode, groups, bias, device, dtype);

            public static Conv3d Conv3d(
                long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0,
                long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
                Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, Thrice(kernel_size), Thrice(stride), Thrice(padding), Thrice(dilation),
                    padding_mode, groups, bias, device, dtype);

            public static Conv3d Conv3d(
                long in_channels, long out_channels, (long, long, long) kernel_size, (long, long, long)? stride = null,
                (long, long, long)? padding = null, (long, long, long)? dilation = null,
                PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
                Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, Triple(kernel_size, 1), Triple(stride, 1), Triple(padding, 0),
                    Triple(dilation, 1), padding_mode, groups, bias, device, dtype);

            public static ConvTranspose2d ConvTranspose2d(
                long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0,
                long output_padding = 0, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros,
                long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, Twice(kernel_size), Twice(stride), Twice(padding),
                    Twice(output_padding), Twice(dilation), groups, bias, device, dtype);

            public static ConvTranspose3d ConvTranspose3d(
                long in_channels, long out_channels, (long, long, long) kernel_size, (long, long, long)? stride = null,
                (long, long, long)? padding = null, (long, long, long)? output_padding = null,
                (long, long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1,
                bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, Triple(kernel_size, 1), Triple(stride, 1), Triple(padding, 0),
                    Triple(output_padding, 0), Triple(dilation, 1), groups, bias, device, dtype);

            private static long[] Twice(long value) => [value, value];

            private static long[] Thrice(long value) => [value, value, value];

            private static long[] Triple((long, long, long)? value, long otherwise) =>
                value is var (a, b, c) ? [a, b, c] : Thrice(otherwise);
        }
    }
}
