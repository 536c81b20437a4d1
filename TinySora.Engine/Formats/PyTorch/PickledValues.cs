using static TorchSharp.torch;

namespace TinySora.Engine.Formats.PyTorch;

// A pickled value is null, a bool, long, BigInteger, double, string or byte[], an object?[] (tuple), a List<object?> (list or
// set), or one of these.

/// <summary>A Python dictionary in its order. No hash table: keys made to collide cannot slow it down.</summary>
internal class PickledDictionary
{
    public List<(object? Key, object? Value)> Items { get; } = [];

    /// <summary>The value of a text key; null where there is none.</summary>
    public object? this[string key] => Items.FindLast(item => item.Key is string text && text == key).Value;
}

/// <summary>An object that may get attributes after it was made.</summary>
internal interface IPickledObject
{
    void SetState(object? state);
}

/// <summary>collections.OrderedDict; the attributes that PyTorch hangs on a state dict (versions of its modules) are left out.</summary>
internal sealed class PickledOrderedDictionary : PickledDictionary, IPickledObject
{
    public void SetState(object? state)
    {
    }
}

/// <summary>argparse.Namespace: its attributes are its items.</summary>
internal sealed class PickledNamespace : PickledDictionary, IPickledObject
{
    public void SetState(object? state) =>
        Items.AddRange((state as PickledDictionary ?? throw new InvalidDataException("a namespace has no dictionary of attributes")).Items);
}

/// <summary>A named function or class of Python, with the C# function that replaces it.</summary>
/// <param name="Call">Gets the arguments; throws <see cref="InvalidDataException"/> when they make no sense.</param>
internal sealed record PickledFunction(string Name, Func<object?[], object?> Call)
{
    /// <summary>Whether no argument may be a name without a meaning: Python's function may call what it is given, as numpy's constructors do.</summary>
    public bool RefusesNames { get; init; }
}

/// <summary>
/// A named function or class of Python that has no meaning here. It may lie in the data, as the classes do by which Lightning once kept the states of
/// its callbacks; nothing can be done with it.
/// </summary>
internal sealed record PickledName(string Name)
{
    public override string ToString() => Name;
}

/// <summary>An object whose arguments, state and items are passed over, see <see cref="InertObjects"/>.</summary>
internal sealed class PickledInert : IPickledObject
{
    /// <summary>The problem of a file without anything else; <c>null</c> if there is none.</summary>
    public string? Problem { get; init; }

    public void SetState(object? state)
    {
    }
}

/// <summary>torch.FloatStorage and the like.</summary>
internal sealed record PickledStorageType(ScalarType Type)
{
    /// <inheritdoc cref="PickledStorage.Unsupported"/>
    public string? Unsupported { get; init; }
}

/// <summary>Elements side by side in the file, seen by one or more tensors.</summary>
/// <param name="Count">Number of elements.</param>
internal sealed record PickledStorage(string Key, ScalarType Type, long Count)
{
    /// <summary>
    /// The name of an element type whose numbers cannot be read, only passed over; <see cref="Type"/> then is one of the same length. <c>null</c> for others.
    /// </summary>
    public string? Unsupported { get; init; }

    /// <summary>The bytes of the storage where the pickle holds them; null: the file has them under the key.</summary>
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
/// <param name="Offset">Its first element in the storage.</param>
/// <param name="Span">Elements of the storage from the first to the last one that it uses; 0 for an empty tensor.</param>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Strides, long Span)
{
    /// <summary>Elements that a stride of 0 may make out of one: enough for a mask, too few to fill the memory.</summary>
    private const long MostRepeated = 1 << 20;

    /// <param name="strides">As many as <paramref name="shape"/> has sizes.</param>
    /// <exception cref="InvalidDataException">The view reaches out of its storage.</exception>
    public static PickledTensor Create(PickledStorage storage, long offset, long[] shape, long[] strides)
    {
        var description = $"a tensor of shape ({string.Join(", ", shape)}), strides ({string.Join(", ", strides)}) and offset {offset}";
        if (offset < 0 || shape.Concat(strides).Any(n => n < 0))
        {
            throw new InvalidDataException($"{description} is impossible");
        }

        // In 128 bits and cut off, so that no crafted number wraps around to a plausible one.
        var count = shape.Aggregate(Int128.One, (product, size) => Int128.Min(product * size, long.MaxValue));
        var span = shape.Contains(0) ? 0 : shape.Zip(strides, (size, stride) => Int128.Min((Int128)(size - 1) * stride, long.MaxValue))
            .Aggregate(Int128.One, (sum, reach) => sum + reach);
        if (offset + span > storage.Count)
        {
            throw new InvalidDataException($"{description} reaches out of its storage of {storage.Count} elements");
        }

        if (count > Math.Max(storage.Count, MostRepeated))
        {
            throw new InvalidDataException($"{description} repeats the {storage.Count} elements of its storage too often");
        }

        return new PickledTensor(storage, offset, shape, strides, (long)span);
    }
}

/// <summary>numpy.dtype of one number.</summary>
/// <param name="Read">The number out of its bytes.</param>
internal sealed record PickledNumpyType(int Size, Func<byte[], object> Read) : IPickledObject
{
    public bool IsLittleEndian { get; private set; } = true;

    // Version, byte order, then what structured types have.
    public void SetState(object? state) => IsLittleEndian = state is object?[] and [_, "<" or "|", ..];
}
