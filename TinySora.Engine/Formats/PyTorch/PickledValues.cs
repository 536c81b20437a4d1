using static TorchSharp.torch;

namespace TinySora.Engine.Formats.PyTorch;

// A pickled value is null, a bool, long, BigInteger, double, string or byte[], an object?[] (tuple), a List<object?> (list or
// set), or one of these.

/// <summary>A Python dictionary with its items in order. It is not a hash table, so crafted key collisions cannot slow it down.</summary>
internal class PickledDictionary
{
    public List<(object? Key, object? Value)> Items { get; } = [];

    /// <summary>Returns the value of a text key; <c>null</c> if it is missing.</summary>
    public object? this[string key] => Items.FindLast(item => item.Key is string text && text == key).Value;
}

/// <summary>An object whose attributes may be set after it is created.</summary>
internal interface IPickledObject
{
    void SetState(object? state);
}

/// <summary>A collections.OrderedDict, without the attributes that PyTorch adds to a state dict (module versions).</summary>
internal sealed class PickledOrderedDictionary : PickledDictionary, IPickledObject
{
    public void SetState(object? state)
    {
    }
}

/// <summary>An argparse.Namespace, with its attributes as items.</summary>
internal sealed class PickledNamespace : PickledDictionary, IPickledObject
{
    public void SetState(object? state) =>
        Items.AddRange((state as PickledDictionary ?? throw new InvalidDataException("the attributes of a namespace are not a dictionary")).Items);
}

/// <summary>A named Python function or class, with the C# function that replaces it.</summary>
/// <param name="Call">Receives the arguments; throws <see cref="InvalidDataException"/> if they are invalid.</param>
internal sealed record PickledFunction(string Name, Func<object?[], object?> Call)
{
    /// <summary>
    /// Whether arguments that are names without a known meaning are rejected, because the Python function may call them, as numpy's constructors do.
    /// </summary>
    public bool RefusesNames { get; init; }
}

/// <summary>
/// A Python function or class whose name has no known meaning. It may occur in data, for example as the classes that Lightning once used as keys for
/// callback states, but it cannot be used.
/// </summary>
internal sealed record PickledName(string Name)
{
    public override string ToString() => Name;
}

/// <summary>An object whose arguments, state and items are skipped; see <see cref="InertObjects"/>.</summary>
internal sealed class PickledInert : IPickledObject
{
    /// <summary>Error to report if the file contains nothing else; <c>null</c> if there is none.</summary>
    public string? Problem { get; init; }

    public void SetState(object? state)
    {
    }
}

/// <summary>A storage class, such as torch.FloatStorage.</summary>
internal sealed record PickledStorageType(ScalarType Type)
{
    /// <inheritdoc cref="PickledStorage.Unsupported"/>
    public string? Unsupported { get; init; }
}

/// <summary>Contiguous elements in the file that one or more tensors use.</summary>
/// <param name="Count">Number of elements.</param>
internal sealed record PickledStorage(string Key, ScalarType Type, long Count)
{
    /// <summary>
    /// Name of the element type if values of that type can only be skipped; otherwise <c>null</c>. If it is not <c>null</c>, <see cref="Type"/> is a type of
    /// the same size.
    /// </summary>
    public string? Unsupported { get; init; }

    /// <summary>Bytes of a storage that is embedded in the pickle; <c>null</c> if the file stores them under the key.</summary>
    public byte[]? Bytes { get; init; }

    public int ElementSize { get; } = Type switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        ScalarType.ComplexFloat64 => 16,
        _ => 8,
    };

    /// <summary>Length in bytes.</summary>
    public Int128 Length => (Int128)Count * ElementSize;
}

/// <summary>A view of a storage.</summary>
/// <param name="Offset">Index of the first element in the storage.</param>
/// <param name="Span">Number of storage elements from the first one used to the last; 0 for an empty tensor.</param>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Strides, long Span)
{
    /// <summary>Maximum number of elements that a stride of 0 may create from a single element: enough for a mask, but too few to exhaust memory.</summary>
    private const long MaxRepeated = 1 << 20;

    /// <param name="strides">One stride per size of <paramref name="shape"/>.</param>
    /// <exception cref="InvalidDataException">The view exceeds its storage.</exception>
    public static PickledTensor Create(PickledStorage storage, long offset, long[] shape, long[] strides)
    {
        var description = $"a tensor of shape ({string.Join(", ", shape)}), strides ({string.Join(", ", strides)}) and offset {offset}";
        if (offset < 0 || shape.Concat(strides).Any(n => n < 0))
        {
            throw new InvalidDataException($"{description} is not valid");
        }

        // Computed in 128 bits and capped, so that no crafted number can overflow to a plausible one.
        var count = shape.Aggregate(Int128.One, (product, size) => Int128.Min(product * size, long.MaxValue));
        var span = shape.Contains(0) ? 0 : shape.Zip(strides, (size, stride) => Int128.Min((Int128)(size - 1) * stride, long.MaxValue))
            .Aggregate(Int128.One, (sum, reach) => sum + reach);
        if (offset + span > storage.Count)
        {
            throw new InvalidDataException($"{description} exceeds its storage of {storage.Count} elements");
        }

        if (count > Math.Max(storage.Count, MaxRepeated))
        {
            throw new InvalidDataException($"{description} repeats the {storage.Count} elements of its storage too often");
        }

        return new PickledTensor(storage, offset, shape, strides, (long)span);
    }
}

/// <summary>The numpy.dtype of a single number.</summary>
/// <param name="Read">Reads the number from its bytes.</param>
internal sealed record PickledNumpyType(int Size, Func<byte[], object> Read) : IPickledObject
{
    public bool IsLittleEndian { get; private set; } = true;

    // The state contains the version and byte order, followed by the fields of structured types.
    public void SetState(object? state) => IsLittleEndian = state is object?[] and [_, "<" or "|", ..];
}
