using static TinySora.Engine.Layers.MatrixProduct;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers.Onnx;

/// <summary>A symbolic value in a graph that is being built. Operations on it add ONNX operators to the graph.</summary>
/// <param name="shape">Shape, with <see cref="OnnxGraph.Batch"/> for the number of examples.</param>
public sealed class OnnxTensor(OnnxGraph graph, string name, OnnxType type, long[] shape) : AnyTensor
{
    public string Name => name;
    public OnnxType Type => type;
    public override long[] shape { get; } = shape;
    public override Device device => CPU;

    /// <summary>Returns this value, because graphs always compute in float32.</summary>
    public override AnyTensor ToComputeType() => this;

    /// <inheritdoc cref="ToComputeType"/>
    public override AnyTensor ToFloat32() => this;

    public override AnyTensor Constant(Tensor numbers) => graph.Constant(numbers);
    public override AnyTensor Prepare(Tensor parameter, Func<Tensor, Tensor> arrange) => graph.Weight(parameter, arrange);

    public override AnyTensor to(ScalarType wanted) => Cast(wanted switch
    {
        ScalarType.Float32 => OnnxType.Float32,
        ScalarType.Int64 => OnnxType.Int64,
        ScalarType.Bool => OnnxType.Bool,
        _ => throw new NotSupportedException($"{wanted}"),
    });

    public override AnyTensor type_as(AnyTensor other) => Cast(Of(other).Type);

    public OnnxTensor Cast(OnnxType wanted) => wanted == type ? this : graph.Add("Cast", [this], wanted, shape, ("to", (long)wanted));

    public override AnyTensor reshape(params long[] lengths)
    {
        var known = lengths.Where(length => length != -1).Aggregate(1L, (a, b) => a * b);
        long[] whole = [.. lengths.Select(length => length == -1 ? Count(shape) / known : length)];
        Same(Count(shape), Count(whole));
        return graph.Add("Reshape", [this, graph.Numbers([.. whole.Select(length => length % OnnxGraph.Batch == 0 ? -1 : length)])], type, whole);
    }

    public override AnyTensor flatten(long first = 0, long last = -1)
    {
        var (from, to) = (At(first), At(last));
        return reshape([.. shape[..from], Count(shape[from..(to + 1)]), .. shape[(to + 1)..]]);
    }

    public override AnyTensor unflatten(long axis, params long[] lengths) => reshape([.. shape[..At(axis)], .. lengths, .. shape[(At(axis) + 1)..]]);

    public override AnyTensor unsqueeze(long axis)
    {
        var at = (int)(axis < 0 ? axis + shape.Length + 1 : axis);
        return reshape([.. shape[..at], 1, .. shape[at..]]);
    }

    public override AnyTensor squeeze(long axis) => reshape([.. shape[..At(axis)], .. shape[(At(axis) + 1)..]]);

    public override AnyTensor expand(params long[] lengths)
    {
        long[] whole = [.. lengths.Select((length, i) => length == -1 ? shape[i] : length)];
        return graph.Add("Expand", [this, graph.Numbers([.. lengths.Select(length => Math.Max(1, length))])], type, whole);
    }

    public override AnyTensor repeat(params long[] counts) =>
        graph.Add("Tile", [this, graph.Numbers(counts)], type, [.. shape.Zip(counts, (length, count) => length * count)]);

    public override AnyTensor permute(params long[] axes) => graph.Add("Transpose", [this], type, [.. axes.Select(axis => shape[axis])], ("perm", axes));

    public override AnyTensor transpose(long a, long b)
    {
        long[] axes = [.. Enumerable.Range(0, shape.Length)];
        (axes[At(a)], axes[At(b)]) = (axes[At(b)], axes[At(a)]);
        return permute(axes);
    }

    public override AnyTensor narrow(long axis, long start, long length) => graph.Add(
        "Slice", [this, graph.Numbers(start), graph.Numbers(start + length), graph.Numbers(At(axis))], type, Replaced(axis, length));

    public override AnyTensor select(long axis, long index) => narrow(axis, index, 1).squeeze(axis);

    public override AnyTensor[] chunk(long parts, long axis = 0)
    {
        var length = shape[At(axis)] / parts;
        return [.. Enumerable.Range(0, (int)parts).Select(i => narrow(axis, i * length, length))];
    }

    public override AnyTensor[] unbind(long axis = 0) => [.. Enumerable.Range(0, (int)shape[At(axis)]).Select(i => select(axis, i))];

    public override AnyTensor pad(params long[] counts)
    {
        if (counts.All(count => count == 0))
        {
            return this;
        }

        var axes = Enumerable.Range(0, shape.Length).Select(i => 2 * (shape.Length - 1 - i))
            .Select(at => at < counts.Length ? (counts[at], counts[at + 1]) : (0, 0));
        long[] pads = [.. axes.Select(axis => axis.Item1), .. axes.Select(axis => axis.Item2)];
        return graph.Add("Pad", [this, graph.Numbers(pads)], type, [.. shape.Zip(axes, (length, axis) => length + axis.Item1 + axis.Item2)]);
    }

    public override AnyTensor sum(long axis, bool keepdim = false) => Reduced("ReduceSum", axis, keepdim);
    public override AnyTensor mean(long axis, bool keepdim = false) => Reduced("ReduceMean", axis, keepdim);
    public override AnyTensor norm() => Reduced("ReduceL2", -1, keepdim: true);
    public override AnyTensor softmax(long axis) => graph.Add("Softmax", [this], type, shape, ("axis", axis));

    public override AnyTensor argmax(long axis) =>
        graph.Add("ArgMax", [this], OnnxType.Int64, [.. shape[..At(axis)], .. shape[(At(axis) + 1)..]], ("axis", axis), ("keepdims", 0L));

    public override AnyTensor clamp_min(double least) => graph.Add("Max", [this, graph.Number(least)], type, shape);
    public override AnyTensor clamp(double least, double greatest) => graph.Add("Clip", [this, graph.Number(least), graph.Number(greatest)], type, shape);

    public override AnyTensor relu() => Each("Relu");
    public override AnyTensor leaky_relu(double slope) => slope == 0 ? relu() : graph.Add("LeakyRelu", [this], type, shape, ("alpha", slope));
    public override AnyTensor silu() => this * sigmoid();
    public override AnyTensor gelu() => this * (Of(this * Math.Sqrt(0.5)).Each("Erf") + 1) * 0.5;
    public override AnyTensor sigmoid() => Each("Sigmoid");
    public override AnyTensor tanh() => Each("Tanh");
    public override AnyTensor exp() => Each("Exp");
    public override AnyTensor sin() => Each("Sin");
    public override AnyTensor cos() => Each("Cos");
    public override AnyTensor square() => this * this;
    public override AnyTensor rsqrt() => Each("Sqrt").reciprocal();
    public override AnyTensor reciprocal() => Each("Reciprocal");
    public override AnyTensor softplus() => Each("Softplus");
    public override AnyTensor round() => Each("Round");
    public override AnyTensor logical_not() => Each("Not");

    public override AnyTensor masked_fill(AnyTensor condition, double number) => choose(condition, Number(number), this);

    public override AnyTensor embedding(AnyTensor table)
    {
        var rows = Of(table);
        return graph.Add("Gather", [rows, this], rows.Type, [.. shape, .. rows.shape[1..]], ("axis", 0L));
    }

    public override AnyTensor layer_norm(Tensor? gain, Tensor? shift, double epsilon) => graph.Add(
        "LayerNormalization", [this, gain is null ? graph.Ones(shape[^1]) : graph.Value(gain), .. shift is null ? [] : new[] { graph.Value(shift) }],
        type, shape, ("axis", -1L), ("epsilon", epsilon));

    public override AnyTensor group_norm(long groups, Tensor gain, Tensor shift, double epsilon)
    {
        var (frames, places, each) = (shape[0] * shape[1], shape[2] * shape[3], shape[4] / groups);
        var grouped = Of(reshape(frames, places, groups, each).permute(0, 2, 1, 3).reshape(frames, groups, places * each));
        var normal = graph.Add(
            "InstanceNormalization", [grouped, graph.Constant(ones(groups)), graph.Constant(zeros(groups))], type, grouped.shape, ("epsilon", epsilon));
        return (normal.reshape(frames, groups, places, each).permute(0, 2, 1, 3).reshape(shape) * gain) + shift;
    }

    public override AnyTensor linear(Parameter weight, Parameter? bias)
    {
        var product = matmul(graph.Weight(weight, w => w.flatten(1).t()));
        return bias is null ? product : product + bias;
    }

    public override AnyTensor[] linear_split(Parameter weight, params long[] counts)
    {
        var (product, first) = (linear(weight, null), 0L);
        return [.. counts.Select(count => product.narrow(-1, (first += count) - count, count))];
    }

    public override AnyTensor conv(Parameter weight, Parameter? bias, Axis time, Axis space) =>
        OnnxConv.Apply(graph, this, "Conv", weight, bias, time, space, weight.shape[0]);

    public override AnyTensor conv_transpose(Parameter weight, Parameter bias, Axis time, Axis space) =>
        OnnxConv.Apply(graph, this, "ConvTranspose", weight, bias, OfOutput(time), OfOutput(space), bias.shape[0]);

    public override AnyTensor depthwise_conv(Tensor weight, Tensor bias)
    {
        var x = Of(permute(0, 4, 1, 2, 3));
        return graph.Add(
            "Conv", [x, graph.Value(weight), graph.Value(bias)], type, x.shape, ("pads", Enumerable.Repeat(1L, 6).ToArray()), ("group", x.shape[1]))
            .permute(0, 2, 3, 4, 1);
    }

    public override AnyTensor causal_conv(Tensor weight, Tensor bias)
    {
        var rows = Of(pad(0, 0, weight.shape[^1] - 1, 0).transpose(1, 2));
        return graph.Add("Conv", [rows, graph.Value(weight), graph.Value(bias)], type, [shape[0], shape[2], shape[1]], ("group", shape[2])).transpose(1, 2);
    }

    protected override AnyTensor add(AnyTensor a, AnyTensor b) => Elementwise("Add", a, b);
    protected override AnyTensor sub(AnyTensor a, AnyTensor b) => Elementwise("Sub", a, b);
    protected override AnyTensor mul(AnyTensor a, AnyTensor b) => Elementwise("Mul", a, b);
    protected override AnyTensor div(AnyTensor a, AnyTensor b) => Elementwise("Div", a, b);
    protected override AnyTensor floor_divide(AnyTensor a, AnyTensor b) => Elementwise("Div", a, b);

    protected override AnyTensor add(double number) => add(this, Number(number));
    protected override AnyTensor mul(double number) => mul(this, Number(number));
    protected override AnyTensor div(double number) => div(this, Number(number));
    protected override AnyTensor or(AnyTensor a, AnyTensor b) => Elementwise("Or", a, b);
    protected override AnyTensor eq(AnyTensor a, AnyTensor b) => Elementwise("Equal", a, b, OnnxType.Bool);

    protected override AnyTensor matmul(AnyTensor a, AnyTensor b)
    {
        var (x, y) = (Of(a), Of(b));
        Same(x.shape[^1], y.shape[^2]);
        return graph.Add("MatMul", [x, y], x.Type, [.. Broadcast(x.shape[..^2], y.shape[..^2]), x.shape[^2], y.shape[^1]]);
    }

    protected override AnyTensor linear(AnyTensor x, AnyTensor weight) => x.matmul(weight.transpose(0, 1));

    protected override AnyTensor cat(IReadOnlyList<AnyTensor> parts, long axis, bool isNew)
    {
        OnnxTensor[] values = [.. parts.Select(part => isNew ? Of(part.unsqueeze(axis)) : Of(part))];
        return graph.Add(
            "Concat", values, values[0].Type, values[0].Replaced(axis, values.Sum(part => part.shape[part.At(axis)])), ("axis", (long)values[0].At(axis)));
    }

    protected override AnyTensor choose(AnyTensor condition, AnyTensor yes, AnyTensor no)
    {
        var (where, a, b) = (Of(condition), Of(yes), Of(no));
        return graph.Add("Where", [where, a, b], a.Type, Broadcast(where.shape, Broadcast(a.shape, b.shape)));
    }

    /// <summary>Converts the padding of an axis with stride 1 to the padding of ConvTranspose, which is cropped from the full result.</summary>
    private static Axis OfOutput(Axis axis) =>
        axis.Stride == 2 ? axis : axis with { Before = axis.Kernel - 1 - axis.Before, After = axis.Kernel - 1 - axis.After };

    private OnnxTensor Of(AnyTensor tensor) => tensor as OnnxTensor ?? graph.Value((Tensor)tensor);

    /// <summary>Creates a scalar of this value's type.</summary>
    private OnnxTensor Number(double number) => type == OnnxType.Int64 ? graph.Numbers((long)number) : graph.Number(number);

    private OnnxTensor Each(string operation) => graph.Add(operation, [this], type, shape);

    private OnnxTensor Elementwise(string operation, AnyTensor a, AnyTensor b, OnnxType? result = null)
    {
        var (x, y) = (Of(a), Of(b));
        return graph.Add(operation, [x, y], result ?? x.Type, Broadcast(x.shape, y.shape));
    }

    private OnnxTensor Reduced(string operation, long axis, bool keepdim)
    {
        var kept = Replaced(axis, 1);
        return graph.Add(
            operation, [this, graph.Numbers(axis)], type, keepdim ? kept : [.. shape[..At(axis)], .. shape[(At(axis) + 1)..]],
            ("keepdims", keepdim ? 1L : 0L));
    }

    private static long Count(IEnumerable<long> lengths) => lengths.Aggregate(1L, (a, b) => a * b);

    private int At(long axis) => (int)(axis < 0 ? axis + shape.Length : axis);

    private long[] Replaced(long axis, long length) => [.. shape[..At(axis)], length, .. shape[(At(axis) + 1)..]];
}
