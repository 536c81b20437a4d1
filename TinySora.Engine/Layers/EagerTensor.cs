using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>A libtorch tensor whose operations run immediately, with fused kernels where available.</summary>
public sealed class EagerTensor(Tensor value) : AnyTensor
{
    public override long[] shape => value.shape;
    public override Device device => value.device;
    public override Tensor Eager => value;

    public override AnyTensor ToComputeType() => Same(Precision.ToComputeType(value));
    public override AnyTensor ToFloat32() => Same(Precision.ToFloat32(value));
    public override AnyTensor Constant(Tensor numbers) => numbers;

    public override AnyTensor Prepare(Tensor parameter, Func<Tensor, Tensor> arrange) =>
        parameter is Parameter fixedOne ? Precision.GetPrepared(fixedOne, arrange) : arrange(parameter);

    public override AnyTensor to(ScalarType wanted) => Same(value.to(wanted));
    public override AnyTensor type_as(AnyTensor other) => other.Eager is Tensor like ? Same(value.to(like.dtype)) : this;

    public override AnyTensor reshape(params long[] lengths) => value.reshape(lengths);
    public override AnyTensor flatten(long first = 0, long last = -1) => value.flatten(first, last);
    public override AnyTensor unflatten(long axis, params long[] lengths) => value.unflatten(axis < 0 ? axis + value.ndim : axis, lengths);
    public override AnyTensor unsqueeze(long axis) => value.unsqueeze(axis);
    public override AnyTensor squeeze(long axis) => value.squeeze(axis);
    public override AnyTensor expand(params long[] lengths) => value.expand(lengths);
    public override AnyTensor repeat(params long[] counts) => value.repeat(counts);
    public override AnyTensor permute(params long[] axes) => value.permute(axes);
    public override AnyTensor transpose(long a, long b) => value.transpose(a, b);
    public override AnyTensor narrow(long axis, long start, long length) => value.narrow(axis, start, length);
    public override AnyTensor select(long axis, long index) => value.select(axis, index);
    public override AnyTensor[] chunk(long parts, long axis = 0) => Each(value.chunk(parts, axis));

    public override AnyTensor[] unbind(long axis = 0) => Each(value.unbind((int)axis));
    public override AnyTensor pad(params long[] counts) => nn.functional.pad(value, counts);

    public override AnyTensor sum(long axis, bool keepdim = false) => value.sum(axis, keepdim);
    public override AnyTensor mean(long axis, bool keepdim = false) => value.mean([axis], keepdim);
    public override AnyTensor norm() => value.norm(-1, keepdim: true);
    public override AnyTensor softmax(long axis) => value.softmax(axis);
    public override AnyTensor argmax(long axis) => value.argmax(axis);
    public override AnyTensor clamp_min(double least) => value.clamp_min(least);
    public override AnyTensor clamp(double least, double greatest) => value.clamp(least, greatest);

    public override AnyTensor relu() => value.relu();
    public override AnyTensor leaky_relu(double slope) => nn.functional.leaky_relu(value, slope);
    public override AnyTensor silu() => nn.functional.silu(value);
    public override AnyTensor gelu() => nn.functional.gelu(value);
    public override AnyTensor sigmoid() => value.sigmoid();
    public override AnyTensor tanh() => value.tanh();
    public override AnyTensor exp() => value.exp();
    public override AnyTensor sin() => value.sin();
    public override AnyTensor cos() => value.cos();
    public override AnyTensor square() => value.square();
    public override AnyTensor rsqrt() => value.rsqrt();
    public override AnyTensor reciprocal() => value.reciprocal();
    public override AnyTensor softplus() => nn.functional.softplus(value);
    public override AnyTensor round() => value.round();
    public override AnyTensor logical_not() => value.logical_not();

    public override AnyTensor masked_fill(AnyTensor condition, double number) => value.masked_fill(Of(condition), number);
    public override AnyTensor embedding(AnyTensor table) => Of(table).index_select(0, value.flatten()).unflatten(0, value.shape);

    public override AnyTensor layer_norm(Tensor? gain, Tensor? shift, double epsilon) =>
        nn.functional.layer_norm(value, [value.shape[^1]], gain, shift, epsilon);

    public override AnyTensor group_norm(long groups, Tensor gain, Tensor shift, double epsilon) =>
        Frames.Map(value, frames => nn.functional.group_norm(frames, groups, gain, shift, epsilon));

    public override AnyTensor linear(Parameter weight, Parameter? bias)
    {
        var x = Precision.ToComputeType(value);
        return FlopCounter.Product(weight, Kernels.CanMultiplySmallBatch(x) ? Kernels.MultiplySmallBatch(x, Precision.PrepareWeight(weight), bias)
            : Kernels.CanMultiply(x, weight) ? Kernels.Multiply(x, weight, bias)
            : nn.functional.linear(x, Precision.PrepareWeight(weight).flatten(1), bias is null ? null : Precision.PrepareWeight(bias)));
    }

    public override AnyTensor[] linear_split(Parameter weight, params long[] counts)
    {
        var (x, first) = (Precision.ToComputeType(value), 0L);
        return [.. counts.Select(count => (AnyTensor)FlopCounter.Product(
            weight, nn.functional.linear(x, Precision.PrepareWeight(weight).narrow(0, (first += count) - count, count))))];
    }

    public override AnyTensor conv(Parameter weight, Parameter? bias, Axis time, Axis space) => EagerConv.Apply(value, weight, bias, time, space);
    public override AnyTensor conv_transpose(Parameter weight, Parameter bias, Axis time, Axis space) => EagerUpConv.Apply(value, weight, bias, time, space);

    public override bool HasKernels => Kernels.CanRunOn(value);
    public override AnyTensor NormSilu(Tensor gamma, AnyTensor? modulation, AnyTensor? skip) =>
        Kernels.NormSilu(value, gamma, (Tensor?)modulation, (Tensor?)skip);

    public override bool CanAttendOverFrames(int headWidth) => Kernels.CanAttend(value, headWidth);
    public override AnyTensor AttendOverFrames(Tensor turns, AnyTensor bias) => Kernels.Attend(value, turns, Of(bias));
    public override AnyTensor AttendLinearly(int heads) => Kernels.AttendLinearly(value, heads);

    public override AnyTensor depthwise_conv(Tensor weight, Tensor bias)
    {
        // On a CPU, libtorch computes the sum of three 2-D convolutions of shifted clips several times faster than one 3-D convolution.
        var padded = nn.functional.pad(value, [0, 0, 0, 0, 0, 0, 1, 1]);
        var sum = Enumerable.Range(0, 3).Select(tap => Frames.Map(padded.narrow(1, tap, value.shape[1]), frames => nn.functional.conv2d(
            frames, weight.select(2, tap), padding: [1, 1], groups: weight.shape[0]))).Aggregate((a, b) => a + b);
        return FlopCounter.Product(weight, sum) + bias;
    }

    public override AnyTensor causal_conv(Tensor weight, Tensor bias)
    {
        var padded = nn.functional.pad(Precision.ToFloat32(value), [0, 0, weight.shape[^1] - 1, 0]);
        return FlopCounter.Product(weight, nn.functional.conv1d(padded.transpose(1, 2), weight, bias, groups: weight.shape[0])).transpose(1, 2);
    }

    protected override AnyTensor add(AnyTensor a, AnyTensor b) => Of(a) + Of(b);
    protected override AnyTensor sub(AnyTensor a, AnyTensor b) => Of(a) - Of(b);
    protected override AnyTensor mul(AnyTensor a, AnyTensor b) => Of(a) * Of(b);
    protected override AnyTensor div(AnyTensor a, AnyTensor b) => Of(a) / Of(b);
    protected override AnyTensor floor_divide(AnyTensor a, AnyTensor b) => Of(a).div(Of(b), RoundingMode.floor);

    protected override AnyTensor add(double number) => value + number;
    protected override AnyTensor mul(double number) => value * number;
    protected override AnyTensor div(double number) => value / number;
    protected override AnyTensor or(AnyTensor a, AnyTensor b) => Of(a) | Of(b);
    protected override AnyTensor eq(AnyTensor a, AnyTensor b) => Of(a).eq(Of(b));
    protected override AnyTensor matmul(AnyTensor a, AnyTensor b) => Of(a).Times(Of(b));

    protected override AnyTensor linear(AnyTensor x, AnyTensor weight)
    {
        var (rows, own) = (Precision.ToComputeType(Of(x)), Of(weight));
        return FlopCounter.Product(own, Kernels.CanMultiplySmallBatch(rows) ? Kernels.MultiplySmallBatch(rows, own, null) : nn.functional.linear(rows, own));
    }

    protected override AnyTensor cat(IReadOnlyList<AnyTensor> parts, long axis, bool isNew) =>
        isNew ? TorchSharp.torch.stack([.. parts.Select(Of)], axis) : TorchSharp.torch.cat([.. parts.Select(Of)], axis);

    protected override AnyTensor choose(AnyTensor condition, AnyTensor yes, AnyTensor no) => TorchSharp.torch.where(Of(condition), Of(yes), Of(no));

    private static Tensor Of(AnyTensor tensor) => (Tensor)tensor;

    private static AnyTensor[] Each(IEnumerable<Tensor> parts) => [.. parts.Select(part => (AnyTensor)part)];

    private AnyTensor Same(Tensor result) => ReferenceEquals(result, value) ? this : result;
}
