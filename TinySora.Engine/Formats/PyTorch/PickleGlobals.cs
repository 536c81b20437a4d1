using System.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Formats.PyTorch;

/// <summary>
/// Every Python name that a file may use, with its meaning in this reader. Other names have no meaning, and this list is all that separates reading data
/// from executing untrusted code.
/// </summary>
internal static class PickleGlobals
{
    /// <summary>Maximum number of dimensions, the same as in PyTorch.</summary>
    private const int MaxDimensions = 64;
    private const string TensorFunction = "torch._utils._rebuild_tensor_v2";
    private const string TypedTensorFunction = "torch._tensor._rebuild_from_type_v2";

    /// <summary>Element types by the prefix of the storage class's name, such as Float in torch.FloatStorage.</summary>
    public static readonly IReadOnlyDictionary<string, ScalarType> StorageTypes = new Dictionary<string, ScalarType>
    {
        ["Double"] = ScalarType.Float64, ["Float"] = ScalarType.Float32, ["Half"] = ScalarType.Float16, ["BFloat16"] = ScalarType.BFloat16,
        ["Long"] = ScalarType.Int64, ["Int"] = ScalarType.Int32, ["Short"] = ScalarType.Int16, ["Char"] = ScalarType.Int8,
        ["Byte"] = ScalarType.Byte, ["Bool"] = ScalarType.Bool, ["ComplexFloat"] = ScalarType.ComplexFloat32, ["ComplexDouble"] = ScalarType.ComplexFloat64,
    };

    private static readonly Dictionary<string, object> Known =
        Functions().Concat(InertObjects.Constructors).Concat(Storages()).Concat(ElementTypes()).ToDictionary();

    private static readonly Dictionary<string, PickledNumpyType> NumpyTypes = new()
    {
        ["b1"] = new(1, b => b[0] != 0),
        ["i1"] = new(1, b => (long)(sbyte)b[0]),
        ["u1"] = new(1, b => (long)b[0]),
        ["i2"] = new(2, b => (long)BitConverter.ToInt16(b)),
        ["u2"] = new(2, b => (long)BitConverter.ToUInt16(b)),
        ["i4"] = new(4, b => (long)BitConverter.ToInt32(b)),
        ["u4"] = new(4, b => (long)BitConverter.ToUInt32(b)),
        ["i8"] = new(8, b => BitConverter.ToInt64(b)),
        ["f2"] = new(2, b => (double)BitConverter.ToHalf(b)),
        ["f4"] = new(4, b => (double)BitConverter.ToSingle(b)),
        ["f8"] = new(8, b => BitConverter.ToDouble(b)),
    };

    /// <param name="name">Module and name, such as collections.OrderedDict.</param>
    /// <returns>The meaning; <c>null</c> for a name that is not on the list.</returns>
    public static object? Find(string name) => Known.GetValueOrDefault(name);

    private static IEnumerable<KeyValuePair<string, object>> Functions()
    {
        (string Name, Func<object?[], object?> Call)[] functions =
        [
            ("torch._utils._rebuild_tensor", Tensor),
            (TensorFunction, Tensor),
            ("torch._utils._rebuild_tensor_v3", TensorOfType),
            ("torch._utils._rebuild_qtensor", QuantizedTensor),
            ("torch._utils._rebuild_parameter", args => args is [PickledTensor tensor, ..] ? tensor : throw Bad("parameter")),
            ("torch._utils._rebuild_parameter_with_state", args => args is [PickledTensor tensor, ..] ? tensor : throw Bad("parameter")),
            (TypedTensorFunction, TensorWithState),
            ("torch.Size", args => args is [object?[] sizes] ? Array.ConvertAll(sizes, size => (object?)Integer(size)) : throw Bad("size")),
            ("torch.device", args => args is [string, ..] ? string.Join(':', args) : throw Bad("device")),
            ("collections.OrderedDict", OrderedDictionary),
            ("collections.Counter", Dictionary),
            ("collections.defaultdict", args => args is [_, .. var items] ? Dictionary(items) : new PickledDictionary()),
            ("collections.deque", args => args is [] ? new List<object?>() : args is [IReadOnlyList<object?> items, ..] ? items.ToList() : throw Bad("queue")),
            ("argparse.Namespace", args => args is [] ? new PickledNamespace() : throw Bad("namespace")),
            ("types.SimpleNamespace", args => args is [] ? new PickledNamespace() : throw Bad("namespace")),
            ("_codecs.encode", args => args is [string text, "latin1"] ? Encoding.Latin1.GetBytes(text) : throw Bad("byte string")),
            ("numpy.dtype", args => args is [string name, ..] && NumpyTypes.TryGetValue(name, out var type) ? type with { } : InertObjects.OfNumpyType),
            ("numpy.core.multiarray.scalar", NumpyScalar),
            ("numpy._core.multiarray.scalar", NumpyScalar),
        ];
        (string Name, Func<object?[], object?> Call)[] builtins =
        [
            ("set", args => args is [List<object?> items] ? items : throw Bad("set")),
            ("frozenset", args => args is [List<object?> items] ? items : throw Bad("set")),
            ("bytes", args => args is [] ? Array.Empty<byte>() : throw Bad("byte string")),
            ("bytearray", args => args is [] ? Array.Empty<byte>() : args is [byte[] bytes] ? bytes
                : args is [string text, "latin-1" or "latin1"] ? Encoding.Latin1.GetBytes(text) : throw Bad("byte string")),
        ];

        // Protocol 2 writes Python 2 names.
        return functions.Concat(builtins.SelectMany(f => new[] { ("builtins." + f.Name, f.Call), ("__builtin__." + f.Name, f.Call) }))
            .Select(f => KeyValuePair.Create(f.Item1, (object)new PickledFunction(f.Item1, f.Item2) { RefusesNames = f.Item1 == TypedTensorFunction }));
    }

    private static IEnumerable<KeyValuePair<string, object>> Storages()
    {
        (string Name, PickledStorageType Type)[] others =
        [
            Quantized("QInt8", ScalarType.Int8), Quantized("QUInt8", ScalarType.Byte), Quantized("QInt32", ScalarType.Int32),
            Quantized("QUInt4x2", ScalarType.Byte), Quantized("QUInt2x4", ScalarType.Byte),
            ("torch.UntypedStorage", new(ScalarType.Byte)), ("torch.storage.UntypedStorage", new(ScalarType.Byte)),
        ];
        return StorageTypes.Select(type => (Name: $"torch.{type.Key}Storage", Type: new PickledStorageType(type.Value))).Concat(others)
            .Select(storage => KeyValuePair.Create(storage.Name, (object)storage.Type));

        static (string Name, PickledStorageType Type) Quantized(string name, ScalarType type) => ($"torch.{name}Storage", new(type) { Unsupported = name });
    }

    /// <summary>Returns the names of data types, such as torch.float32, which are kept as text.</summary>
    private static IEnumerable<KeyValuePair<string, object>> ElementTypes() =>
        new[] { "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64", "complex128" }
            .Select(name => KeyValuePair.Create("torch." + name, (object)("torch." + name)));

    private static PickledTensor Tensor(object?[] args) =>
        args is [PickledStorage storage, var offset, object?[] { Length: <= MaxDimensions } shape, object?[] strides, ..] && shape.Length == strides.Length
            ? PickledTensor.Create(storage, Integer(offset), Array.ConvertAll(shape, Integer), Array.ConvertAll(strides, Integer))
            : throw Bad("tensor");

    /// <summary>
    /// Returns a tensor of a type that has no storage class, such as float8 or uint16. The arguments are storage, offset, shape, strides, two others, and
    /// the type.
    /// </summary>
    private static PickledTensor TensorOfType(object?[] args) =>
        args is [PickledStorage storage, _, object?[] shape, _, _, _, string or PickledName, ..]
            ? Unreadable(storage, shape, args[6]!.ToString()!) : throw Bad("tensor");

    private static PickledTensor QuantizedTensor(object?[] args) =>
        args is [PickledStorage storage, _, object?[] shape, ..]
            ? Unreadable(storage, shape, storage.Unsupported ?? "quantized") : throw Bad("tensor");

    /// <summary>Returns a tensor whose values cannot be read, so their layout does not matter.</summary>
    private static PickledTensor Unreadable(PickledStorage storage, object?[] shape, string type) => shape.Length <= MaxDimensions
        ? new PickledTensor(storage with { Unsupported = type }, 0, Array.ConvertAll(shape, Integer), new long[shape.Length], 0) : throw Bad("tensor");

    /// <summary>
    /// Returns a tensor without its Python attributes. The arguments are a function, the tensor's type, the function's arguments, and the attributes.
    /// </summary>
    private static PickledTensor TensorWithState(object?[] args) =>
        args is [PickledFunction { Name: TensorFunction }, _, object?[] arguments, ..] ? Tensor(arguments) : throw Bad("tensor");

    private static PickledDictionary Dictionary(object?[] args) =>
        args is [] ? new PickledDictionary() : args is [PickledDictionary items] ? items : throw Bad("dictionary");

    private static PickledOrderedDictionary OrderedDictionary(object?[] args)
    {
        var result = new PickledOrderedDictionary();
        foreach (var pair in args is [] ? [] : args is [List<object?> pairs] ? pairs : throw Bad("ordered dictionary"))
        {
            // Python 2 wrote each pair as a list.
            result.Items.Add(pair is object?[] { Length: 2 } tuple ? (tuple[0], tuple[1])
                : pair is List<object?> { Count: 2 } list ? (list[0], list[1])
                : throw Bad("ordered dictionary"));
        }

        return result;
    }

    private static object NumpyScalar(object?[] args) =>
        args is [PickledInert, ..] or [PickledNumpyType { IsLittleEndian: false }, ..] ? new PickledInert()
            : args is [PickledNumpyType type, byte[] bytes] && bytes.Length == type.Size ? type.Read(bytes)
            : throw Bad("numpy number");

    private static long Integer(object? value) => value is long number ? number : throw Bad("size");

    private static InvalidDataException Bad(string what) => new($"a {what} has an invalid description");
}
