namespace TinySora.Engine.Interop.Onnx;

/// <summary>A tensor of a graph that is being written: operators on it become operators of the graph, with the names and axes of PyTorch's.</summary>
/// <param name="Shape">With <see cref="OnnxGraph.Batch"/> for the number of examples.</param>
public sealed record OnnxTensor(OnnxGraph Graph, string Name, OnnxType Type, long[] Shape)
{
    public static OnnxTensor operator +(OnnxTensor a, OnnxTensor b) => a.With("Add", b);

    public static OnnxTensor operator +(OnnxTensor a, double b) => a + a.Graph.Number(b);

    public static OnnxTensor operator -(OnnxTensor a, OnnxTensor b) => a.With("Sub", b);

    public static OnnxTensor operator *(OnnxTensor a, OnnxTensor b) => a.With("Mul", b);

    public static OnnxTensor operator *(OnnxTensor a, double b) => a * a.Graph.Number(b);

    public static OnnxTensor operator /(OnnxTensor a, OnnxTensor b) => a.With("Div", b);

    /// <summary>An operator of one input that keeps the shape, such as Erf, Exp or Sqrt.</summary>
    public OnnxTensor Each(string operation) => Graph.Add(operation, [this], Type, Shape);

    /// <summary>A leaky ReLU; with the slope 0 a plain one.</summary>
    public OnnxTensor Relu(double slope = 0) => slope == 0 ? Each("Relu") : Graph.Add("LeakyRelu", [this], Type, Shape, ("alpha", slope));

    public OnnxTensor Silu() => this * Each("Sigmoid");

    public OnnxTensor Gelu() => this * ((this * Math.Sqrt(0.5)).Each("Erf") + 1) * 0.5;

    public OnnxTensor GeluTanh() => this * (((this + this * this * this * 0.044715) * Math.Sqrt(2 / Math.PI)).Each("Tanh") + 1) * 0.5;

    public OnnxTensor Softmax(int axis = -1) => Graph.Add("Softmax", [this], Type, Shape, ("axis", (long)axis));

    public OnnxTensor Cast(OnnxType type) => Graph.Add("Cast", [this], type, Shape, ("to", (long)type));

    public OnnxTensor EqualTo(OnnxTensor other) => Graph.Add("Equal", [this, other], OnnxType.Bool, Broadcast(Shape, other.Shape));

    /// <summary>Numbers of one tensor where this one, of booleans, is true, and of another where it is false.</summary>
    public OnnxTensor Where(OnnxTensor yes, OnnxTensor no) =>
        Graph.Add("Where", [this, yes, no], yes.Type, Broadcast(Shape, Broadcast(yes.Shape, no.Shape)));

    public OnnxTensor MatMul(OnnxTensor other)
    {
        Same(Shape[^1], other.Shape[^2]);
        return Graph.Add("MatMul", [this, other], Type, [.. Broadcast(Shape[..^2], other.Shape[..^2]), Shape[^2], other.Shape[^1]]);
    }

    public OnnxTensor Reshape(params long[] shape)
    {
        Same(Count(Shape), Count(shape));
        return Graph.Add("Reshape", [this, Graph.Numbers([.. shape.Select(length => length % OnnxGraph.Batch == 0 ? -1 : length)])], Type, shape);
    }

    public OnnxTensor Flatten(int first, int last) =>
        Reshape([.. Shape[..first], Count(Shape[first..(last + 1)]), .. Shape[(last + 1)..]]);

    public OnnxTensor Unflatten(int axis, params long[] lengths) => Reshape([.. Shape[..axis], .. lengths, .. Shape[(axis + 1)..]]);

    public OnnxTensor Unsqueeze(int axis) => Reshape([.. Shape[..axis], 1, .. Shape[axis..]]);

    public OnnxTensor Permute(params long[] axes) => Graph.Add("Transpose", [this], Type, [.. axes.Select(axis => Shape[axis])], ("perm", axes));

    public OnnxTensor Transpose(int a, int b)
    {
        long[] axes = [.. Enumerable.Range(0, Shape.Length)];
        (axes[a < 0 ? a + axes.Length : a], axes[b < 0 ? b + axes.Length : b]) = (axes[b < 0 ? b + axes.Length : b], axes[a < 0 ? a + axes.Length : a]);
        return Permute(axes);
    }

    public OnnxTensor Narrow(int axis, long start, long length, long step = 1)
    {
        axis = axis < 0 ? axis + Shape.Length : axis;
        var end = start + ((length - 1) * step) + 1;
        return Graph.Add("Slice", [this, Graph.Numbers(start), Graph.Numbers(end), Graph.Numbers(axis), Graph.Numbers(step)], Type, Replaced(axis, length));
    }

    public OnnxTensor[] Chunk(int parts, int axis)
    {
        var length = Shape[axis < 0 ? axis + Shape.Length : axis] / parts;
        return [.. Enumerable.Range(0, parts).Select(i => Narrow(axis, i * length, length))];
    }

    public OnnxTensor Select(int axis, long index) => Narrow(axis, index, 1).Reshape([.. Shape[..axis], .. Shape[(axis + 1)..]]);

    /// <summary>Each position of an axis twice.</summary>
    public OnnxTensor Twice(int axis)
    {
        var one = Unsqueeze(axis + 1);
        return Cat(axis + 1, one, one).Flatten(axis, axis + 1);
    }

    /// <summary>The number of the greatest of the last axis.</summary>
    public OnnxTensor ArgMax() => Graph.Add("ArgMax", [this], OnnxType.Int64, Shape[..^1], ("axis", -1L), ("keepdims", 0L));

    public static OnnxTensor Cat(int axis, params OnnxTensor[] parts)
    {
        axis = axis < 0 ? axis + parts[0].Shape.Length : axis;
        return parts[0].Graph.Add(
            "Concat", parts, parts[0].Type, parts[0].Replaced(axis, parts.Sum(part => part.Shape[axis])), ("axis", (long)axis));
    }

    /// <summary>Rows of this table by their numbers.</summary>
    public OnnxTensor Rows(OnnxTensor numbers) => Graph.Add("Gather", [this, numbers], Type, [.. numbers.Shape, .. Shape[1..]], ("axis", 0L));

    /// <param name="operation">ReduceSum, ReduceMean or ReduceMax; the axis stays, with the length 1.</param>
    public OnnxTensor Reduced(string operation, int axis) => Graph.Add(
        operation, [this, Graph.Numbers(axis)], Type, Replaced(axis < 0 ? axis + Shape.Length : axis, 1), ("keepdims", 1L));

    /// <param name="pads">Zeros in front of each axis, then behind each.</param>
    public OnnxTensor Pad(params long[] pads) => pads.All(count => count == 0) ? this : Graph.Add(
        "Pad", [this, Graph.Numbers(pads)], Type, [.. Shape.Select((length, i) => length + pads[i] + pads[i + Shape.Length])]);

    /// <summary>Layer norm over the last axis; without a weight nothing scales it.</summary>
    public OnnxTensor LayerNorm(OnnxTensor? weight, OnnxTensor? bias, double epsilon) => Graph.Add(
        "LayerNormalization", [this, weight ?? Graph.Ones(Shape[^1]), .. bias is null ? [] : new[] { bias }], Type, Shape, ("axis", -1L), ("epsilon", epsilon));

    /// <summary>x / √(mean x² + ε) over the last axis.</summary>
    public OnnxTensor Rms(double epsilon) => this / ((this * this).Reduced("ReduceMean", -1) + epsilon).Each("Sqrt");

    /// <summary>Where booleans of both are true.</summary>
    public OnnxTensor And(OnnxTensor other) => Graph.Add("And", [this, other], OnnxType.Bool, Broadcast(Shape, other.Shape));

    /// <summary>The shape of what elementwise operators make of two tensors.</summary>
    private static long[] Broadcast(long[] a, long[] b)
    {
        var length = Math.Max(a.Length, b.Length);
        long[] first = [.. Enumerable.Repeat(1L, length - a.Length), .. a];
        long[] second = [.. Enumerable.Repeat(1L, length - b.Length), .. b];
        return [.. first.Zip(second, (x, y) => x == 1 ? y : y == 1 ? x : Same(x, y))];
    }

    private static long Same(long a, long b) => a == b ? a : throw new InvalidOperationException($"Lengths of a graph do not fit: {a} and {b}.");

    private static long Count(IEnumerable<long> shape) => shape.Aggregate(1L, (a, b) => a * b);

    private OnnxTensor With(string operation, OnnxTensor other) => Graph.Add(operation, [this, other], Type, Broadcast(Shape, other.Shape));

    private long[] Replaced(int axis, long length) => [.. Shape[..axis], length, .. Shape[(axis + 1)..]];
}
