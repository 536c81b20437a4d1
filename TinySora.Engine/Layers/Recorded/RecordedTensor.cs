using TinySora.Engine.Compute.Native;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers.Recorded;

/// <summary>A value of a program that is being recorded: a view of memory. Operations on it add kernel calls to the program.</summary>
internal sealed partial class RecordedTensor : AnyTensor
{
    private const int MaxAxes = TensorView.MaxDimensions;

    private readonly Recording recording;
    private readonly ScalarType type;

    /// <param name="type">Type that the value represents; it is stored as float32.</param>
    /// <param name="strides">Distances between elements along each axis; <c>null</c> for contiguous ones.</param>
    public RecordedTensor(Recording recording, Storage storage, ScalarType type, long[] shape, long[]? strides = null, long offset = 0)
    {
        (this.recording, this.type, this.shape) = (recording, type, shape);
        (Storage, Offset) = (storage, offset);
        Strides = strides ?? GetContiguousStrides(shape);
    }

    public override long[] shape { get; }

    /// <summary>Distances between elements along each axis; 0 along an axis on which the elements are repeated.</summary>
    public long[] Strides { get; }

    public Storage Storage { get; }

    /// <summary>Index of the first element in the storage.</summary>
    public long Offset { get; }

    public override Device device => CPU;

    public override bool HasKernels => true;

    private long Count => GetCount(shape);

    /// <summary>Returns this value, because programs compute in float32.</summary>
    public override AnyTensor ToComputeType() => this;

    /// <inheritdoc cref="ToComputeType"/>
    public override AnyTensor ToFloat32() => this;

    public override AnyTensor Constant(Tensor numbers) => recording.Constant(numbers);
    public override AnyTensor Differentiable(Tensor numbers) => recording.HasGradients ? recording.Constant(numbers) : numbers;

    public override AnyTensor Prepare(Tensor parameter, Func<Tensor, Tensor> arrange) =>
        recording.HasGradients ? ViewOf(parameter, arrange) : recording.Prepare(parameter, arrange.Method, arrange);

    public override AnyTensor to(ScalarType wanted) => wanted is ScalarType.Float32 or ScalarType.Bool || wanted == type
        ? new RecordedTensor(recording, Storage, wanted, shape, Strides, Offset) : throw Unsupported("to");

    public override AnyTensor type_as(AnyTensor other) => to(other is RecordedTensor recorded ? recorded.type : ((Tensor)other).dtype);

    public override AnyTensor reshape(params long[] lengths) => Reshape(lengths);

    public override AnyTensor flatten(long first = 0, long last = -1)
    {
        var (from, to) = (At(first), At(last));
        return reshape([.. shape[..from], GetCount(shape[from..(to + 1)]), .. shape[(to + 1)..]]);
    }

    public override AnyTensor unflatten(long axis, params long[] lengths) => reshape([.. shape[..At(axis)], .. lengths, .. shape[(At(axis) + 1)..]]);

    public override AnyTensor unsqueeze(long axis)
    {
        var at = (int)(axis < 0 ? axis + shape.Length + 1 : axis);
        return View([.. shape[..at], 1, .. shape[at..]], [.. Strides[..at], 0, .. Strides[at..]]);
    }

    public override AnyTensor squeeze(long axis) => Squeeze(At(axis));

    public override AnyTensor expand(params long[] lengths) => Expand([.. lengths.Select((length, i) =>
        length != -1 ? length : shape[i - (lengths.Length - shape.Length)])]);

    public override AnyTensor repeat(params long[] counts)
    {
        long[] pairs = [.. counts.SelectMany((count, i) => new[] { count, shape[i] })];
        var from = View(pairs, [.. Strides.SelectMany(stride => new[] { 0, stride })]);
        var result = recording.Result([.. shape.Zip(counts, (length, count) => length * count)], type);
        from.CopyTo(result.View(pairs, GetContiguousStrides(pairs)));
        return result;
    }

    public override AnyTensor permute(params long[] axes) =>
        View([.. axes.Select(axis => shape[At(axis)])], [.. axes.Select(axis => Strides[At(axis)])]);

    public override AnyTensor transpose(long a, long b)
    {
        long[] axes = [.. Enumerable.Range(0, shape.Length)];
        (axes[At(a)], axes[At(b)]) = (axes[At(b)], axes[At(a)]);
        return permute(axes);
    }

    public override AnyTensor narrow(long axis, long start, long length) => Narrow(At(axis), start, length);
    public override AnyTensor select(long axis, long index) => Narrow(At(axis), index, 1).Squeeze(At(axis));

    public override AnyTensor[] chunk(long parts, long axis = 0)
    {
        var length = shape[At(axis)] / parts;
        return [.. Enumerable.Range(0, (int)parts).Select(i => narrow(axis, i * length, length))];
    }

    public override AnyTensor[] unbind(long axis = 0) => [.. Enumerable.Range(0, (int)shape[At(axis)]).Select(i => select(axis, i))];

    public override AnyTensor pad(params long[] counts)
    {
        var lengths = shape.ToArray();
        for (var i = 0; 2 * i < counts.Length; i++)
        {
            lengths[^(i + 1)] += counts[2 * i] + counts[(2 * i) + 1];
        }

        var result = recording.Result(lengths, type);
        recording.Call("fill", [result.Reshape([-1])], NativeKernel.Bits(0));
        var inner = result;
        for (var i = 0; 2 * i < counts.Length; i++)
        {
            inner = inner.Narrow(shape.Length - 1 - i, counts[2 * i], shape[^(i + 1)]);
        }

        CopyTo(inner);
        return result;
    }

    /// <summary>Returns the value in contiguous memory, copied if necessary.</summary>
    public RecordedTensor Contiguous() => IsContiguous ? this : Copy();

    /// <summary>Returns the value as the only one in its storage, copied if necessary.</summary>
    public RecordedTensor Alone() => IsWhole ? this : Copy();

    /// <summary>Whether the value is contiguous and the only one in its storage.</summary>
    public bool IsWhole => IsContiguous && Count == Storage.Size;

    /// <summary>Whether the value contains each element of its storage once, in any order.</summary>
    public bool IsDense
    {
        get
        {
            var next = 1L;
            foreach (var (length, stride) in shape.Zip(Strides).Where(axis => axis.First != 1).OrderBy(axis => Math.Abs(axis.Second)))
            {
                if (Math.Abs(stride) != next)
                {
                    return false;
                }

                next *= length;
            }

            return next == Storage.Size;
        }
    }

    private void CopyTo(RecordedTensor place)
    {
        Strided("copy", [this, place]);
        recording.Tape.Add(place, [this], gradient => recording.Tape.Add(this, gradient));
    }

    private bool IsContiguous =>
        shape.Zip(Strides, GetContiguousStrides(shape)).All(axis => axis.First == 1 || axis.Second == axis.Third) || Count == 0;

    private RecordedTensor Copy()
    {
        var result = recording.Result(shape, type);
        CopyTo(result);
        return result;
    }

    private RecordedTensor View(long[] lengths, long[] strides, long start = 0) => new(recording, Storage, type, lengths, strides, Offset + start);

    private RecordedTensor Narrow(int axis, long start, long length) => start < 0 || start + length > shape[axis]
        ? throw new ArgumentOutOfRangeException(nameof(start), $"{start} + {length} of {shape[axis]}")
        : View([.. shape[..axis], length, .. shape[(axis + 1)..]], Strides, start * Strides[axis]);

    private RecordedTensor Squeeze(int axis) => shape[axis] != 1 ? this
        : View([.. shape[..axis], .. shape[(axis + 1)..]], [.. Strides[..axis], .. Strides[(axis + 1)..]]);

    /// <param name="wanted">Shape to repeat the elements to; may have more axes in front.</param>
    private RecordedTensor Expand(long[] wanted)
    {
        var more = wanted.Length - shape.Length;
        return View(wanted, [.. wanted.Select((length, i) => i < more || shape[i - more] == 1 ? 0
            : shape[i - more] == length ? Strides[i - more]
            : throw new InvalidOperationException($"{shape[i - more]} elements cannot be repeated to {length}."))]);
    }

    public RecordedTensor Reshape(params long[] lengths)
    {
        var known = lengths.Where(length => length != -1).Aggregate(1L, (a, b) => a * b);
        long[] whole = [.. lengths.Select(length => length == -1 ? Count / known : length)];
        MatrixProduct.Same(Count, GetCount(whole));
        return IsContiguous ? View(whole, GetContiguousStrides(whole)) : FindStrides(whole) is { } strides ? View(whole, strides) : Copy().Reshape(whole);
    }

    /// <summary>Returns the strides of a view with another shape; <c>null</c> if the elements must be copied.</summary>
    private long[]? FindStrides(long[] wanted)
    {
        // As in libtorch's computeStride: each run of evenly spaced axes is split among the wanted axes.
        var result = new long[wanted.Length];
        var (to, stride, size, covered) = (wanted.Length - 1, Strides[^1], 1L, 1L);
        for (var axis = shape.Length - 1; axis >= 0; axis--)
        {
            size *= shape[axis];
            if (axis > 0 && (shape[axis - 1] == 1 || Strides[axis - 1] == size * stride))
            {
                continue;
            }

            for (; to >= 0 && (covered < size || wanted[to] == 1); to--)
            {
                result[to] = covered * stride;
                covered *= wanted[to];
            }

            if (covered != size)
            {
                return null;
            }

            (stride, size, covered) = (axis > 0 ? Strides[axis - 1] : 0, 1, 1);
        }

        return to < 0 ? result : null;
    }

    private static long[] GetContiguousStrides(long[] shape)
    {
        var strides = new long[shape.Length];
        var next = 1L;
        for (var axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = next;
            next *= shape[axis];
        }

        return strides;
    }

    public static long GetCount(IEnumerable<long> lengths) => lengths.Aggregate(1L, (a, b) => a * b);

    private int At(long axis) => (int)(axis < 0 ? axis + shape.Length : axis);

    private static NotSupportedException Unsupported(string operation) => new($"the operation {operation} cannot be recorded");
}
