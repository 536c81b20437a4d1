using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>Computes convolutions of channels-last clips as 2-D convolutions, with the kernel's frames concatenated as input channels.</summary>
internal static class EagerConv
{
    /// <inheritdoc cref="AnyTensor.conv"/>
    public static Tensor Apply(Tensor input, Parameter weight, Parameter? bias, Axis time, Axis space)
    {
        if (IsOfFewOutputs(weight, time))
        {
            return FlopCounter.Product(weight, SumInTime(InSpace(Precision.ToComputeType(input), weight, TapsOfOutputs, null, space), weight, bias, time));
        }

        var x = TimeWindows.Unfold(Precision.ToComputeType(input), time);
        if (space == UpConv.Double && Kernels.CanConvolveBlocks(x, weight.shape[0]))
        {
            return FlopCounter.Product(weight, Kernels.Convolve(
                Blocks(x), Precision.GetPrepared(weight, w => BlockTaps(Taps(w))), bias ?? zeros([weight.shape[0]], ScalarType.Float32), padding: 0));
        }

        return FlopCounter.Product(weight, InSpace(x, weight, Taps, bias, space));
    }

    /// <summary>
    /// Whether a convolution has far fewer output channels than input channels. Each frame is then convolved once per tap in time, so that the small outputs
    /// are copied for each tap instead of the large inputs.
    /// </summary>
    private static bool IsOfFewOutputs(Parameter weight, Axis time) =>
        time.Kernel > 1 && time.Stride == 1 && time.Before + time.After == time.Kernel - 1 && time.Kernel * weight.shape[0] <= weight.shape[1];

    /// <param name="arrange">Function that rearranges the weight to (o', i', h, w).</param>
    private static Tensor InSpace(Tensor x, Parameter weight, Func<Tensor, Tensor> arrange, Parameter? offset, Axis space)
    {
        var padding = space.IsSymmetric ? space.Before : 0;
        x = space.IsSymmetric ? x : nn.functional.pad(x, [0, 0, space.Before, space.After, space.Before, space.After]);
        var shift = offset is null ? null : Precision.PrepareWeight(offset);
        if (space == Axis.Single)
        {
            return nn.functional.linear(x, Precision.PrepareWeight(weight, w => arrange(w).flatten(1)), shift);
        }

        var taps = Precision.GetPrepared(weight, w => arrange(w));
        return Kernels.CanConvolve(x, taps, space.Stride, padding)
            ? Kernels.Convolve(x, taps, offset ?? zeros([taps.shape[0]], ScalarType.Float32), padding)
            : Frames.Map(x, frames => nn.functional.conv2d(
                frames, Precision.PrepareWeight(weight, arrange), shift, [space.Stride, space.Stride], [padding, padding]));
    }

    /// <param name="parts">Contributions of each frame to its neighbors (B, F, H, W, t·o).</param>
    /// <returns>(B, F, H, W, o), including the bias.</returns>
    private static Tensor SumInTime(Tensor parts, Parameter weight, Parameter? bias, Axis time)
    {
        var (frames, outputs) = (parts.shape[1], weight.shape[0]);
        var padded = nn.functional.pad(parts, [0, 0, 0, 0, 0, 0, time.Before, time.After]);
        var sum = Enumerable.Range(0, (int)time.Kernel)
            .Select(tap => padded.narrow(1, tap, frames).narrow(4, tap * outputs, outputs)).Aggregate((a, b) => a + b);
        return bias is null ? sum : sum + Precision.ToComputeType(bias);
    }

    /// <summary>Folds blocks of 2 x 2 pixels into channels, which turns a 4 x 4 kernel with stride 2 into a 2 x 2 kernel.</summary>
    /// <param name="x">(B, F, H, W, C).</param>
    /// <returns>(B, F, H/2 + 1, W/2 + 1, 4C).</returns>
    private static Tensor Blocks(Tensor x)
    {
        var (h, w) = ((x.shape[2] / 2) + 1, (x.shape[3] / 2) + 1);
        return nn.functional.pad(x, [0, 0, 1, 1, 1, 1]).unflatten(2, h, 2).unflatten(4, w, 2).transpose(3, 4).flatten(4, 6);
    }

    /// <param name="taps">(o, i, 4, 4).</param>
    /// <returns>(o, 4i, 2, 2), channels last in memory.</returns>
    private static Tensor BlockTaps(Tensor taps) =>
        taps.permute(0, 2, 3, 1).unflatten(1, 2, 2).unflatten(3, 2, 2).transpose(2, 3).flatten(3, 5).permute(0, 3, 1, 2);

    /// <returns>(t·o, i, h, w), channels last in memory.</returns>
    private static Tensor TapsOfOutputs(Tensor weight) => weight.permute(2, 0, 3, 4, 1).flatten(0, 1).permute(0, 3, 1, 2);

    /// <returns>(o, t·i, h, w), a view, channels last in memory.</returns>
    public static Tensor Taps(Tensor weight) => weight.ndim == 4 ? weight : weight.permute(0, 3, 4, 2, 1).flatten(3, 4).permute(0, 3, 1, 2);
}

/// <summary>Concatenates the frames in a convolution's temporal window along the channel axis.</summary>
internal static class TimeWindows
{
    /// <param name="x">(B, F, H, W, C).</param>
    /// <returns>(B, F', H', W', Kernel·C), with the earliest frame's channels first.</returns>
    public static Tensor Unfold(Tensor x, Axis time)
    {
        if (time.Kernel == 1)
        {
            return time.Stride == 1 ? x : x.slice(1, 0, x.shape[1], time.Stride);
        }

        var padded = time.Before + time.After == 0 ? x : nn.functional.pad(x, [0, 0, 0, 0, 0, 0, time.Before, time.After]);
        var last = padded.shape[1] - time.Kernel;
        return cat([.. Enumerable.Range(0, (int)time.Kernel).Select(tap => padded.slice(1, tap, last + tap + 1, time.Stride))], 4);
    }
}

/// <summary>Converts channels-last clips to 4-D tensors for 2-D operators, and back. Both conversions return views.</summary>
internal static class Frames
{
    /// <summary>Applies a 2-D operator to every frame.</summary>
    /// <param name="x">(B, F, H, W, C).</param>
    /// <param name="operation">Operator from (B·F, C, H, W) with channels-last strides to (B·F, C', H', W').</param>
    /// <returns>(B, F, H', W', C').</returns>
    public static Tensor Map(Tensor x, Func<Tensor, Tensor> operation) =>
        operation(x.flatten(0, 1).permute(0, 3, 1, 2)).permute(0, 2, 3, 1).contiguous().unflatten(0, x.shape[0], x.shape[1]);
}
