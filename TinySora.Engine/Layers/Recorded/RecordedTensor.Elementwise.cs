using TinySora.Engine.Compute.Native;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers.Recorded;

/// <content>Operations on individual elements, and operations that cannot be recorded.</content>
internal sealed partial class RecordedTensor
{
    /// <summary>Operations of the kernel <c>binary</c> (elementwise.cpp).</summary>
    private enum Binary
    {
        Add,
        Subtract,
        Multiply,
        Divide,
    }

    /// <summary>Operations of the kernel <c>unary</c> (elementwise.cpp).</summary>
    private enum Unary
    {
        Scale,
        Silu,
        Gelu,
        Sine,
        Cosine,
        Square,
        ReciprocalRoot,
    }

    public override AnyTensor silu() => Each(Unary.Silu);
    public override AnyTensor gelu() => Each(Unary.Gelu);
    public override AnyTensor sin() => Each(Unary.Sine);
    public override AnyTensor cos() => Each(Unary.Cosine);
    public override AnyTensor square() => Each(Unary.Square);
    public override AnyTensor rsqrt() => Each(Unary.ReciprocalRoot);

    public override AnyTensor sum(long axis, bool keepdim = false) => throw Unsupported("sum");
    public override AnyTensor mean(long axis, bool keepdim = false) => throw Unsupported("mean");
    public override AnyTensor norm() => throw Unsupported("norm");
    public override AnyTensor argmax(long axis) => throw Unsupported("argmax");
    public override AnyTensor clamp_min(double least) => throw Unsupported("clamp_min");
    public override AnyTensor clamp(double least, double greatest) => throw Unsupported("clamp");
    public override AnyTensor relu() => throw Unsupported("relu");
    public override AnyTensor leaky_relu(double slope) => throw Unsupported("leaky_relu");
    public override AnyTensor sigmoid() => throw Unsupported("sigmoid");
    public override AnyTensor tanh() => throw Unsupported("tanh");
    public override AnyTensor exp() => throw Unsupported("exp");
    public override AnyTensor reciprocal() => throw Unsupported("reciprocal");
    public override AnyTensor softplus() => throw Unsupported("softplus");
    public override AnyTensor round() => throw Unsupported("round");
    public override AnyTensor logical_not() => Each(Unary.Scale, -1, 1).to(ScalarType.Bool);

    /// <inheritdoc/>
    /// <remarks>The values must be finite.</remarks>
    public override AnyTensor masked_fill(AnyTensor condition, double number)
    {
        var mask = Of(condition);
        return (this * mask.Each(Unary.Scale, -1, 1)) + mask.Each(Unary.Scale, number);
    }

    public override AnyTensor group_norm(long groups, Tensor gain, Tensor shift, double epsilon) => throw Unsupported("group_norm");
    public override AnyTensor depthwise_conv(Tensor weight, Tensor bias) => throw Unsupported("depthwise_conv");
    public override AnyTensor causal_conv(Tensor weight, Tensor bias) => throw Unsupported("causal_conv");

    protected override AnyTensor add(AnyTensor a, AnyTensor b) => Combine(Binary.Add, a, b);
    protected override AnyTensor sub(AnyTensor a, AnyTensor b) => Combine(Binary.Subtract, a, b);
    protected override AnyTensor mul(AnyTensor a, AnyTensor b) => Combine(Binary.Multiply, a, b);
    protected override AnyTensor div(AnyTensor a, AnyTensor b) => Combine(Binary.Divide, a, b);
    protected override AnyTensor floor_divide(AnyTensor a, AnyTensor b) => throw Unsupported("floor_divide");
    protected override AnyTensor add(double number) => Each(Unary.Scale, 1, number);
    protected override AnyTensor mul(double number) => Each(Unary.Scale, number);
    protected override AnyTensor div(double number) => Each(Unary.Scale, 1 / number);
    protected override AnyTensor or(AnyTensor a, AnyTensor b) => throw Unsupported("or");
    protected override AnyTensor eq(AnyTensor a, AnyTensor b) => throw Unsupported("eq");
    protected override AnyTensor choose(AnyTensor condition, AnyTensor yes, AnyTensor no) => throw Unsupported("where");

    /// <inheritdoc cref="AnyTensor.cat(IReadOnlyList{AnyTensor}, long, bool)"/>
    protected override AnyTensor cat(IReadOnlyList<AnyTensor> parts, long axis, bool isNew)
    {
        RecordedTensor[] values = [.. parts.Select(part => Of(isNew ? part.unsqueeze(axis) : part))];
        var at = values[0].At(axis);
        var lengths = values[0].shape.ToArray();
        lengths[at] = values.Sum(value => value.shape[at]);
        var (result, start) = (recording.Result(lengths, values[0].type), 0L);
        foreach (var value in values)
        {
            value.CopyTo(result.Narrow(at, start, value.shape[at]));
            start += value.shape[at];
        }

        return result;
    }

    private RecordedTensor Of(AnyTensor tensor) => tensor as RecordedTensor ?? recording.Constant((Tensor)tensor);

    private RecordedTensor? OrNull(AnyTensor? tensor) => tensor is null ? null : Of(tensor);

    private RecordedTensor Each(Unary operation, double factor = 0, double offset = 0)
    {
        var result = recording.Result(shape);
        Strided("unary", [this, result], (long)operation, NativeKernel.Bits(factor), NativeKernel.Bits(offset));
        recording.Tape.Add(result, [this], gradient => recording.Tape.Write(
            this, place => Strided("unary_backward", [this, gradient, place], (long)operation, NativeKernel.Bits(factor)), anyOrder: true));
        return result;
    }

    private RecordedTensor Combine(Binary operation, AnyTensor a, AnyTensor b)
    {
        var (x, y) = (Of(a), Of(b));
        var lengths = MatrixProduct.Broadcast(x.shape, y.shape);
        var result = recording.Result(lengths);
        (x, y) = (x.Expand(lengths), y.Expand(lengths));
        Strided("binary", [x, y, result], (long)operation);
        recording.Tape.Add(result, [x, y], gradient => Differentiate(operation, x, y, result, gradient));
        return result;
    }

    private void Differentiate(Binary operation, RecordedTensor x, RecordedTensor y, RecordedTensor result, RecordedTensor gradient)
    {
        var tape = recording.Tape;
        switch (operation)
        {
            case Binary.Add:
                tape.Add(x, gradient);
                tape.Add(y, gradient);
                break;
            case Binary.Subtract:
                tape.Add(x, gradient);
                tape.Write(y, place => Strided("unary", [gradient, place], (long)Unary.Scale, NativeKernel.Bits(-1), NativeKernel.Bits(0)), anyOrder: true);
                break;
            case Binary.Multiply:
                tape.Write(x, place => Strided("binary", [gradient, y, place], (long)Binary.Multiply), anyOrder: true);
                tape.Write(y, place => Strided("binary", [gradient, x, place], (long)Binary.Multiply), anyOrder: true);
                break;
            default:
                tape.Write(x, place => Strided("binary", [gradient, y, place], (long)Binary.Divide), anyOrder: true);
                tape.Write(y, place => // - gradient * result / y
                {
                    var part = recording.Result(gradient.shape);
                    Strided("binary", [gradient, result, part], (long)Binary.Multiply);
                    Strided("binary", [part, y, part], (long)Binary.Divide);
                    Strided("unary", [part, place], (long)Unary.Scale, NativeKernel.Bits(-1), NativeKernel.Bits(0));
                }, anyOrder: true);
                break;
        }
    }

    /// <summary>Adds calls of an elementwise kernel: one per index of the first axis if there are more axes than the kernels support.</summary>
    /// <param name="tensors">Tensors of the same shape.</param>
    public void Strided(string kernel, RecordedTensor[] tensors, params long[] scalars)
    {
        for (var axis = tensors[0].shape.Length - 1; axis >= 0; axis--)
        {
            tensors = tensors[0].shape[axis] == 1 ? [.. tensors.Select(tensor => tensor.Squeeze(axis))] : tensors;
        }

        if (tensors[0].shape.Length <= MaxAxes)
        {
            recording.Call(kernel, tensors, scalars);
            return;
        }

        for (var i = 0; i < tensors[0].shape[0]; i++)
        {
            Strided(kernel, [.. tensors.Select(tensor => tensor.Narrow(0, i, 1))], scalars);
        }
    }
}
