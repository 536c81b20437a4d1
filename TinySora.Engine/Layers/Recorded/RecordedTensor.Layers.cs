using TinySora.Engine.Compute.Native;
using TinySora.Engine.Compute.Native.Operations;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers.Recorded;

/// <content>Products, convolutions, norms and attention.</content>
internal sealed partial class RecordedTensor
{
    /// <summary>Features per head that the kernel for linear attention supports (linear_attention.cpp).</summary>
    private const int LinearHeadWidth = 32;

    public override AnyTensor linear(Parameter weight, Parameter? bias) => Multiply(
        PrepareMatrix(weight, nameof(linear), w => w.flatten(1), weight.shape[0]), bias is null ? null : recording.Constant(bias), weight.shape[0]);

    public override AnyTensor[] linear_split(Parameter weight, params long[] counts)
    {
        var (product, first) = (linear(weight, null), 0L);
        return [.. counts.Select(count => product.narrow(-1, (first += count) - count, count))];
    }

    public override AnyTensor conv(Parameter weight, Parameter? bias, Axis time, Axis space)
    {
        if (time != Axis.Single || !space.IsSymmetric)
        {
            throw Unsupported("conv over frames");
        }

        return Convolve(weight, nameof(conv), EagerConv.Taps, bias is null ? null : recording.Constant(bias), space.Stride, space.Before);
    }

    public override AnyTensor conv_transpose(Parameter weight, Parameter bias, Axis time, Axis space)
    {
        if (time != Axis.Single || space != UpConv.Double)
        {
            throw Unsupported("conv_transpose over frames");
        }

        var shift = recording.Prepare(bias, nameof(conv_transpose), values => values.repeat(4));
        var all = Convolve(weight, nameof(conv_transpose), w => EagerUpConv.Taps(w, time, space), shift, stride: 1, padding: 1); // (B, F, H + 1, W + 1, 4 C)
        var (b, f, h, w, c) = (shape[0], shape[1], shape[2], shape[3], bias.shape[0]);
        var result = recording.Result([b, f, 2 * h, 2 * w, c]);
        var places = result.Reshape(b * f, h, 2, w, 2, c);
        for (var phase = 0; phase < 4; phase++)
        {
            var (row, column) = (phase / 2, phase % 2);
            Strided("copy", [
                all.Narrow(4, phase * c, c).Narrow(2, row, h).Narrow(3, column, w).Reshape(b * f, h, 1, w, 1, c),
                places.Narrow(2, row, 1).Narrow(4, column, 1)]);
        }

        return result;
    }

    public override AnyTensor layer_norm(Tensor? gain, Tensor? shift, double epsilon)
    {
        var (x, result) = (Contiguous(), recording.Result(shape));
        var weight = gain is null ? recording.Own(ones(shape[^1])) : recording.Constant(gain);
        recording.Call(
            "channel_norm", [x, weight, shift is null ? null : recording.Constant(shift), result, recording.Result([x.Count / shape[^1], 2])],
            NativeKernel.Bits(epsilon));
        return result;
    }

    public override AnyTensor NormSilu(Tensor gamma, AnyTensor? modulation, AnyTensor? skip)
    {
        var result = recording.Result(shape);
        recording.Call(
            "norm_silu",
            [Contiguous(), recording.Constant(gamma), OrNull(modulation)?.Contiguous(), OrNull(skip)?.Contiguous(), result]);
        return result;
    }

    public override bool CanAttendOverFrames(int headWidth) => headWidth % Kernels.VectorWidth == 0;

    public override AnyTensor AttendOverFrames(Tensor turns, Tensor bias)
    {
        var result = recording.Result([shape[0], shape[1], shape[2], bias.shape[0] * turns.shape[1]]);
        recording.Call("temporal_attention", [Contiguous(), recording.Constant(turns), recording.Constant(bias), result]);
        return result;
    }

    public override AnyTensor AttendLinearly(int heads)
    {
        var (frames, positions) = (shape[0], shape[1]);
        var result = recording.Result([frames, positions, heads * LinearHeadWidth]);
        var (contexts, scales) = (
            recording.Result([frames * heads, LinearHeadWidth * LinearHeadWidth]), recording.Result([frames * heads, 2 * LinearHeadWidth]));
        recording.Call("linear_attention", [Contiguous(), result, contexts, scales], heads);
        return result;
    }

    protected override AnyTensor matmul(AnyTensor a, AnyTensor b)
    {
        var (x, y) = (Of(a), Of(b));
        MatrixProduct.Same(x.shape[^1], y.shape[^2]);
        var leading = MatrixProduct.Broadcast(x.shape[..^2], y.shape[..^2]);
        var result = recording.Result([.. leading, x.shape[^2], y.shape[^1]]);
        recording.Call("matmul", [Batch(x), Batch(y), null, Batch(result)], 0);
        return result;

        RecordedTensor Batch(RecordedTensor one) =>
            one.Expand([.. leading, one.shape[^2], one.shape[^1]]).Reshape(GetCount(leading), one.shape[^2], one.shape[^1]);
    }

    protected override AnyTensor linear(AnyTensor x, AnyTensor weight) =>
        x.flatten(0, -2).matmul(weight.transpose(0, 1)).reshape([.. x.shape[..^1], weight.shape[0]]);

    /// <summary>Convolves frames (B, F, H, W, I).</summary>
    /// <param name="arrange">Function that rearranges the weight to (o', i', k, k).</param>
    /// <param name="name">Name of the rearrangement.</param>
    /// <returns>(B, F, H', W', o').</returns>
    private RecordedTensor Convolve(Parameter weight, string name, Func<Tensor, Tensor> arrange, RecordedTensor? bias, long stride, long padding)
    {
        var frames = Contiguous().Reshape([-1, .. shape[2..]]);
        var taps = recording.Prepare(weight, name, w => arrange(w).permute(0, 2, 3, 1).contiguous()); // (O, k, k, I)
        var (outputs, kernel, inputs) = (taps.shape[0], taps.shape[1], taps.shape[3]);
        long[] size = [shape[0] * shape[1], .. shape[2..4].Select(length => ((length + (2 * padding) - kernel) / stride) + 1)];
        FlopCounter.Add(2 * GetCount(size) * outputs * kernel * kernel * inputs);
        if (WinogradOperation.CanRun(frames.shape, [outputs, inputs, kernel, kernel], stride, padding))
        {
            var result = recording.Result([.. size, outputs]);
            var shift = bias ?? recording.Own(zeros(outputs));
            recording.Call("winograd", [frames, (RecordedTensor)taps.permute(0, 3, 1, 2), shift, result], padding);
            return result.Reshape([.. shape[..2], .. size[1..], outputs]);
        }

        var windows = recording.Result([.. size, kernel * kernel * inputs]);
        recording.Call("unfold", [frames, windows], kernel, stride, padding);
        var matrix = PrepareMatrix(weight, name + nameof(PrepareMatrix), w => arrange(w).permute(0, 2, 3, 1).flatten(1), outputs);
        return windows.Multiply(matrix, bias, outputs).Reshape([.. shape[..2], .. size[1..], outputs]);
    }

    /// <param name="matrix">(I, O), see <see cref="PrepareMatrix"/>.</param>
    /// <returns>(..., O).</returns>
    private RecordedTensor Multiply(RecordedTensor matrix, RecordedTensor? bias, long outputs)
    {
        var rows = Reshape(-1, shape[^1]);
        rows = rows.Strides[1] == 1 ? rows : rows.Contiguous();
        var result = recording.Result([.. shape[..^1], outputs]);
        FlopCounter.Add(2 * result.Count * shape[^1]);
        recording.Call("matmul", [rows.Reshape([1, .. rows.shape]), matrix, bias, result.Reshape(1, -1, outputs)], 0);
        return result;
    }

    /// <summary>Transposes a weight once, in rows of whole panels, so that the product reads it as it is.</summary>
    /// <param name="arrange">Function that returns the weight as (O, I).</param>
    /// <returns>(1, I, O).</returns>
    private RecordedTensor PrepareMatrix(Parameter weight, string name, Func<Tensor, Tensor> arrange, long outputs)
    {
        var apart = (outputs + Kernels.VectorWidth - 1) / Kernels.VectorWidth * Kernels.VectorWidth;
        var rows = recording.Prepare(weight, name, w => nn.functional.pad(arrange(w).t(), [0, apart - outputs]).contiguous());
        return rows.View([1, rows.shape[0], outputs], [0, apart, 1]);
    }
}
