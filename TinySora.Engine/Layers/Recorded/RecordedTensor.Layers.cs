using TinySora.Engine.Compute.Native;
using TinySora.Engine.Compute.Native.Operations;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers.Recorded;

/// <content>Products, convolutions, norms and attention.</content>
internal sealed partial class RecordedTensor
{
    public override AnyTensor linear(Parameter weight, Parameter? bias)
    {
        var outputs = weight.shape[0];
        FlopCounter.Add(2 * Count * outputs);
        return Multiply(PrepareMatrix(weight, nameof(linear), w => w.flatten(1), outputs), bias is null ? null : recording.Constant(bias), outputs);
    }

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

        Tensor Arrange(Tensor from) => EagerConv.Taps(from).permute(0, 2, 3, 1);
        var taps = recording.HasGradients ? ViewOf(weight, Arrange) : recording.Prepare(weight, nameof(conv), w => Arrange(w).contiguous());
        RecordedTensor Matrix() => PrepareMatrix(weight, nameof(conv) + nameof(Matrix), w => Arrange(w).flatten(1), taps.shape[0]);
        var result = Convolve(taps, Matrix, bias is null ? null : recording.Constant(bias), space.Stride, space.Before);
        FlopCounter.Add(2 * result.Count * (weight.numel() / weight.shape[0]));
        return result;
    }

    public override AnyTensor conv_transpose(Parameter weight, Parameter bias, Axis time, Axis space)
    {
        if (time != Axis.Single || space != UpConv.Double)
        {
            throw Unsupported("conv_transpose over frames");
        }

        FlopCounter.Add(2 * Count * (weight.numel() / weight.shape[0]));
        Tensor Arrange(Tensor from) => EagerUpConv.Taps(from, time, space).permute(0, 2, 3, 1);
        var (taps, shift) = recording.HasGradients
            ? (ArrangePhases(recording.Constant(weight)), recording.Constant(bias).Expand([4, bias.shape[0]]).Reshape(-1))
            : (recording.Prepare(weight, nameof(conv_transpose), w => Arrange(w).contiguous()),
                recording.Prepare(bias, nameof(conv_transpose), values => values.repeat(4)));
        RecordedTensor Matrix() => PrepareMatrix(weight, nameof(conv_transpose) + nameof(Matrix), w => Arrange(w).flatten(1), taps.shape[0]);
        var all = Convolve(taps, Matrix, shift, stride: 1, padding: 1);                              // (B, F, H + 1, W + 1, 4 C)
        var (b, f, h, w, c) = (shape[0], shape[1], shape[2], shape[3], bias.shape[0]);
        var result = recording.Result([b, f, 2 * h, 2 * w, c]);
        var places = result.Reshape(b * f, h, 2, w, 2, c);
        for (var phase = 0; phase < 4; phase++)
        {
            var (row, column) = (phase / 2, phase % 2);
            var from = all.Narrow(4, phase * c, c).Narrow(2, row, h).Narrow(3, column, w).Reshape(b * f, h, 1, w, 1, c);
            from.CopyTo(places.Narrow(2, row, 1).Narrow(4, column, 1));
        }

        return result;
    }

    public override AnyTensor layer_norm(Tensor? gain, Tensor? shift, double epsilon)
    {
        var (x, result, statistics) = (Contiguous(), recording.Result(shape), recording.Result([Count / shape[^1], 2]));
        var (weight, offset) = (gain is null ? recording.Own(ones(shape[^1])) : recording.Constant(gain), shift is null ? null : recording.Constant(shift));
        recording.Call("channel_norm", [x, weight, offset, result, statistics], NativeKernel.Bits(epsilon));
        recording.Tape.Add(result, [x, weight, offset], gradient => recording.Tape.Write(
            [x, weight, offset], places => recording.Call("channel_norm_backward", [x, weight, statistics, gradient, .. places])));
        return result;
    }

    public override AnyTensor embedding(AnyTensor table)
    {
        var (indices, rows) = (Contiguous(), Of(table).Contiguous());
        var result = recording.Result([.. shape, rows.shape[1]]);
        recording.Call("gather", [indices, rows, result]);
        recording.Tape.Add(result, [rows], gradient => recording.Tape.Write(
            rows, place => recording.Call("gather_backward", [indices, gradient, place])));
        return result;
    }

    public override AnyTensor softmax(long axis)
    {
        if (At(axis) != shape.Length - 1)
        {
            return transpose(axis, -1).softmax(-1).transpose(axis, -1);
        }

        var (x, result) = (Contiguous(), recording.Result(shape));
        recording.Call("softmax", [x, result]);
        recording.Tape.Add(result, [x], gradient => recording.Tape.Write(x, place => recording.Call("softmax_backward", [result, gradient, place])));
        return result;
    }

    public override AnyTensor NormSilu(Tensor gamma, AnyTensor? modulation, AnyTensor? skip)
    {
        var (x, weight, result) = (Contiguous(), recording.Constant(gamma), recording.Result(shape));
        var (condition, around) = (OrNull(modulation)?.Contiguous(), OrNull(skip)?.Contiguous());
        recording.Call("norm_silu", [x, weight, condition, around, result]);
        recording.Tape.Add(result, [x, weight, condition, around], gradient =>
        {
            recording.Tape.Write([x, weight, condition], places => recording.Call("norm_silu_backward", [x, weight, condition, gradient, .. places]));
            if (around is not null)
            {
                recording.Tape.Add(around, gradient);
            }
        });
        return result;
    }

    public override bool CanAttendOverFrames(int headWidth) => headWidth % Kernels.VectorWidth == 0;

    public override AnyTensor AttendOverFrames(Tensor turns, AnyTensor bias)
    {
        var (x, table, offset) = (Contiguous(), recording.Constant(turns), Of(bias).Contiguous());
        var result = recording.Result([shape[0], shape[1], shape[2], bias.shape[0] * turns.shape[1]]);
        recording.Call("temporal_attention", [x, table, offset, result]);
        recording.Tape.Add(result, [x, offset], gradient => recording.Tape.Write([x, offset], places =>
        {
            recording.Call("fill", [places[1]], NativeKernel.Bits(0));
            recording.Call("temporal_attention_backward", [x, table, offset, gradient, .. places]);
        }));
        return result;
    }

    public override AnyTensor AttendLinearly(int heads)
    {
        const int Width = LinearAttentionOperation.Width;
        var (x, frames, positions) = (Contiguous(), shape[0], shape[1]);
        var result = recording.Result([frames, positions, heads * Width]);
        var (contexts, scales) = (recording.Result([frames * heads, Width * Width]), recording.Result([frames * heads, 2 * Width]));
        recording.Call("linear_attention", [x, result, contexts, scales], heads);
        recording.Tape.Add(result, [x], gradient => recording.Tape.Write(
            x, place => recording.Call("linear_attention_backward", [x, contexts, scales, gradient, place], heads)));
        return result;
    }

    /// <summary>Looks up rows of a weight by a product with ones and zeros, whose gradient is another product.</summary>
    public override AnyTensor Rows(Tensor table, long[] indices)
    {
        if (!recording.HasGradients)
        {
            return base.Rows(table, indices);
        }

        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        return recording.Own(nn.functional.one_hot(tensor(indices), table.shape[0]).to(ScalarType.Float32)).matmul(table);
    }

    protected override AnyTensor matmul(AnyTensor a, AnyTensor b)
    {
        var (x, y) = (Of(a), Of(b));
        MatrixProduct.Same(x.shape[^1], y.shape[^2]);
        var leading = MatrixProduct.Broadcast(x.shape[..^2], y.shape[..^2]);
        var result = recording.Result([.. leading, x.shape[^2], y.shape[^1]]);
        Product(Batch(x), Batch(y), null, Batch(result));
        return result;

        RecordedTensor Batch(RecordedTensor one) =>
            one.Expand([.. leading, one.shape[^2], one.shape[^1]]).Reshape(GetCount(leading), one.shape[^2], one.shape[^1]);
    }

    protected override AnyTensor linear(AnyTensor x, AnyTensor weight)
    {
        FlopCounter.Add(2 * GetCount(x.shape) * weight.shape[0]);
        return x.flatten(0, -2).matmul(weight.transpose(0, 1)).reshape([.. x.shape[..^1], weight.shape[0]]);
    }

    /// <summary>Multiplies matrices (G, M, K) by (G, K, N), and adds a bias (N).</summary>
    private void Product(RecordedTensor a, RecordedTensor b, RecordedTensor? bias, RecordedTensor result)
    {
        Call(a, b, bias, result);
        recording.Tape.Add(result, [a, b, bias], gradient =>
        {
            recording.Tape.Write(a, place => Call(gradient, Turned(b), null, place), anyOrder: true);
            recording.Tape.Write(b, place => Call(Turned(a), gradient, null, place), anyOrder: true);
            if (bias is not null)
            {
                recording.Tape.Add(bias.Expand(gradient.shape), gradient);
            }
        });

        // The kernel writes contiguous rows, so a transposed result is the product of the transposed matrices.
        void Call(RecordedTensor left, RecordedTensor right, RecordedTensor? more, RecordedTensor to) => recording.Call(
            "matmul", to.Strides[2] == 1 || to.shape[2] == 1 ? [left, right, more, to] : [Turned(right), Turned(left), more, Turned(to)], 0);

        static RecordedTensor Turned(RecordedTensor one) => (RecordedTensor)one.transpose(1, 2);
    }

    /// <summary>Convolves frames (B, F, H, W, I).</summary>
    /// <param name="taps">(O, k, k, I), contiguous.</param>
    /// <param name="prepare">Function that returns the taps as a prepared matrix (1, k·k·I, O), if no gradients are recorded.</param>
    /// <returns>(B, F, H', W', O).</returns>
    private RecordedTensor Convolve(RecordedTensor taps, Func<RecordedTensor> prepare, RecordedTensor? bias, long stride, long padding)
    {
        var frames = Contiguous().Reshape([-1, .. shape[2..]]);
        var (outputs, kernel, inputs) = (taps.shape[0], taps.shape[1], taps.shape[3]);
        long[] size = [frames.shape[0], .. shape[2..4].Select(length => ((length + (2 * padding) - kernel) / stride) + 1)];
        if (WinogradOperation.CanRun(frames.shape, [outputs, inputs, kernel, kernel], stride, padding))
        {
            return Winograd(frames, taps, bias ?? recording.Own(zeros(outputs)), size, padding).Reshape([.. shape[..2], .. size[1..], outputs]);
        }

        var windows = recording.Result([.. size, kernel * kernel * inputs]);
        recording.Call("unfold", [frames, windows], kernel, stride, padding);
        recording.Tape.Add(windows, [frames], gradient => recording.Tape.Write(
            frames, place => recording.Call("fold", [gradient, place], kernel, stride, padding)));
        var matrix = recording.HasGradients ? (RecordedTensor)taps.Reshape(outputs, -1).transpose(0, 1).unsqueeze(0) : prepare();
        return windows.Multiply(matrix, bias, outputs).Reshape([.. shape[..2], .. size[1..], outputs]);
    }

    private RecordedTensor Winograd(RecordedTensor frames, RecordedTensor taps, RecordedTensor bias, long[] size, long padding)
    {
        var (result, weight) = (recording.Result([.. size, taps.shape[0]]), (RecordedTensor)taps.permute(0, 3, 1, 2));
        recording.Call("winograd", [frames, weight, bias, result], padding);
        recording.Tape.Add(result, [frames, weight, bias], gradient =>
        {
            recording.Tape.Write([weight, bias], places => recording.Call("winograd_backward_weight", [frames, gradient, .. places], padding), anyOrder: true);
            recording.Tape.Write(frames, place => recording.Call("winograd_backward_input", [gradient, weight, place], padding));
        });
        return result;
    }

    /// <param name="matrix">(1, I, O).</param>
    /// <returns>(..., O).</returns>
    private RecordedTensor Multiply(RecordedTensor matrix, RecordedTensor? bias, long outputs)
    {
        var rows = Reshape(-1, shape[^1]);
        rows = rows.Strides[1] == 1 ? rows : rows.Contiguous();
        var result = recording.Result([.. shape[..^1], outputs]);
        Product(rows.Reshape([1, .. rows.shape]), matrix, bias, result.Reshape(1, -1, outputs));
        return result;
    }

    /// <summary>Transposes a weight once, in rows of whole panels, so that the product reads it as it is.</summary>
    /// <param name="arrange">Function that returns the weight as (O, I).</param>
    /// <returns>(1, I, O).</returns>
    private RecordedTensor PrepareMatrix(Parameter weight, string name, Func<Tensor, Tensor> arrange, long outputs)
    {
        if (recording.HasGradients)
        {
            return (RecordedTensor)ViewOf(weight, arrange).transpose(0, 1).unsqueeze(0);
        }

        var apart = (outputs + Kernels.VectorWidth - 1) / Kernels.VectorWidth * Kernels.VectorWidth;
        var rows = recording.Prepare(weight, name, w => nn.functional.pad(arrange(w).t(), [0, apart - outputs]).contiguous());
        return rows.View([1, rows.shape[0], outputs], [0, apart, 1]);
    }

    private RecordedTensor ViewOf(Tensor weight, Func<Tensor, Tensor> arrange)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        return recording.Weight(arrange(weight));
    }

    /// <summary>Rearranges the taps of a doubling convolution like <see cref="EagerUpConv"/>.</summary>
    /// <param name="weight">(I, O, 1, 4, 4) or (I, O, 4, 4).</param>
    /// <returns>(4 O, 2, 2, I).</returns>
    private static RecordedTensor ArrangePhases(RecordedTensor weight)
    {
        var (i, o, strides) = (weight.shape[0], weight.shape[1], weight.Strides);
        var (row, column) = (strides[^2], strides[^1]);
        return weight.View([2, 2, o, 2, 2, i], [-row, -column, strides[1], -2 * row, -2 * column, strides[0]], 3 * (row + column))
            .Contiguous().Reshape(4 * o, 2, 2, i);
    }
}
