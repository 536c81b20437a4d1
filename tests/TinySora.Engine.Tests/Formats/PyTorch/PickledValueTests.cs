using TinySora.Engine.Formats.PyTorch;

namespace TinySora.Engine.Tests.Formats.PyTorch;

/// <summary>Values that Python functions in a pickle create, and the names that values get.</summary>
public sealed class PickledValueTests
{
    [Theory]
    [InlineData("b1", "01", "true")]
    [InlineData("i1", "FE", "-2")]
    [InlineData("u1", "FE", "254")]
    [InlineData("i2", "FEFF", "-2")]
    [InlineData("u2", "FEFF", "65534")]
    [InlineData("i4", "FEFFFFFF", "-2")]
    [InlineData("u4", "FEFFFFFF", "4294967294")]
    [InlineData("i8", "FEFFFFFFFFFFFFFF", "-2")]
    [InlineData("f2", "003E", "1.5")]
    [InlineData("f4", "0000C03F", "1.5")]
    [InlineData("f8", "000000000000F83F", "1.5")]
    public void Numpy_number_is_read_from_its_bytes(string type, string bytes, string expected)
    {
        var content = Convert.FromHexString(bytes);
        foreach (var module in new[] { "numpy.core.multiarray", "numpy._core.multiarray" })
        {
            Assert.Equal(expected, Single(Scalar(New(), module, type, content)));
            Assert.Equal(expected, Single(Scalar(New(), module, type, content, "<")));
            Assert.Equal(expected, Single(Scalar(New(), module, type, content, "|")));
            Assert.Empty(Content(Scalar(New(), module, type, content, ">")).Texts);
            Refused("numpy number", Scalar(New(), module, type, [.. content, 0]));
            Refused("numpy number", Scalar(New(), module, type, content[1..]));
        }

        Assert.Empty(Content(Scalar(New(), "numpy.core.multiarray", "O8", content)).Texts);
    }

    /// <summary>The byte order of one type must not affect others of the same name.</summary>
    [Fact]
    public void Big_endian_type_does_not_change_later_ones()
    {
        Content(Scalar(New(), "numpy.core.multiarray", "i2", [1, 0], ">"));
        Assert.Equal("1", Single(Scalar(New(), "numpy.core.multiarray", "i2", [1, 0])));
    }

    public static TheoryData<string, byte[]> Calls => new()
    {
        { "0=2 1=3", Called("torch", "Size", p => p.Int(2).Int(3).Op(PickleOpcode.Tuple2)) },
        { "=cpu", Called("torch", "device", p => p.Text("cpu")) },
        { "a=1", Called("collections", "OrderedDict", p => p.Op(PickleOpcode.EmptyList).Text("a").Int(1).Op(PickleOpcode.Tuple2).Op(PickleOpcode.Append)) },
        { "a=1", Called("collections", "OrderedDict", p => p.Op(PickleOpcode.EmptyList)
            .Op(PickleOpcode.Mark).Text("a").Int(1).Op(PickleOpcode.List).Op(PickleOpcode.Append)) },
        { "a=1", Called("collections", "Counter", p => p.Op(PickleOpcode.EmptyDictionary).Text("a").Int(1).Op(PickleOpcode.SetItem)) },
        { "", Called("collections", "defaultdict", p => p.Global("builtins", "list")) },
        { "a=1", Called("collections", "defaultdict", p => p.Global("builtins", "list")
            .Op(PickleOpcode.EmptyDictionary).Text("a").Int(1).Op(PickleOpcode.SetItem), 2) },
        { "", Called("collections", "defaultdict", _ => { }, 0) },
        { "", Called("collections", "deque", _ => { }, 0) },
        { "", Called("collections", "OrderedDict", _ => { }, 0) },
        { "", Called("easydict", "EasyDict", _ => { }, 0) },
        { "", Called("builtins", "bytes", _ => { }, 0) },
        { "", Called("builtins", "bytearray", _ => { }, 0) },
        { "", Called("builtins", "bytearray", p => p.Text("x").Text("latin1"), 2) },
        { "0=1", Called("collections", "deque", p => p.Op(PickleOpcode.EmptyList).Int(1).Op(PickleOpcode.Append)) },
        { "0=1", Called("collections", "deque", p => p.Int(1).Op(PickleOpcode.Tuple1).Int(5), 2) },
        { "a=1", Called("easydict", "EasyDict", p => p.Op(PickleOpcode.EmptyDictionary).Text("a").Int(1).Op(PickleOpcode.SetItem)) },
        { "0=cuda:0", New().Global("torch", "device").Text("cuda").Int(0).Op(PickleOpcode.Tuple2).Op(PickleOpcode.Reduce).Op(PickleOpcode.Tuple1).Stop() },
        { "0=1", Called("builtins", "set", p => p.Op(PickleOpcode.EmptyList).Int(1).Op(PickleOpcode.Append)) },
        { "0=1", Called("__builtin__", "frozenset", p => p.Op(PickleOpcode.EmptyList).Int(1).Op(PickleOpcode.Append)) },
        { "", Called("builtins", "bytearray", p => p.Text("x").Text("latin-1"), 2) },
        { "", Called("builtins", "bytearray", p => p.Op(PickleOpcode.ShortBytes, 1, 7)) },
        { "", Called("_codecs", "encode", p => p.Text("x").Text("latin1"), 2) },
        { "a=1", New().Global("argparse", "Namespace").Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.NewObject)
            .Op(PickleOpcode.EmptyDictionary).Text("a").Int(1).Op(PickleOpcode.SetItem).Op(PickleOpcode.Build).Stop() },
        { "a=1", New().Global("collections", "OrderedDict").Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.Reduce).Text("a").Int(1).Op(PickleOpcode.SetItem)
            .Op(PickleOpcode.EmptyDictionary).Text("b").Int(2).Op(PickleOpcode.SetItem).Op(PickleOpcode.Build).Stop() },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public void Python_function_creates_plain_data(string expected, byte[] pickle) => Assert.Equal(expected, Texts(pickle));

    public static TheoryData<string, byte[]> BadCalls => new()
    {
        { "size", Called("torch", "Size", p => p.Int(2)) },
        { "size", Called("torch", "Size", p => p.Text("x").Op(PickleOpcode.Tuple1)) },
        { "size", Called("torch", "Size", _ => { }, 0) },
        { "device", Called("torch", "device", _ => { }, 0) },
        { "device", Called("torch", "device", p => p.Int(2)) },
        { "parameter", Called("torch._utils", "_rebuild_parameter", _ => { }, 0) },
        { "parameter", Called("torch._utils", "_rebuild_parameter_with_state", _ => { }, 0) },
        { "set", Called("builtins", "set", _ => { }, 0) },
        { "set", Called("builtins", "frozenset", _ => { }, 0) },
        { "queue", Called("collections", "deque", p => p.Text("abc")) },
        { "byte string", Called("_codecs", "encode", p => p.Text("x")) },
        { "byte string", Called("_codecs", "encode", p => p.Int(1).Text("latin1"), 2) },
        { "byte string", Called("_codecs", "encode", p => p.Text("x").Int(1), 2) },
        { "byte string", Called("builtins", "bytearray", p => p.Int(2)) },
        { "byte string", Called("builtins", "bytearray", p => p.Int(2).Text("latin1"), 2) },
        { "dictionary", Called("collections", "defaultdict", p => p.Int(1).Int(2), 2) },
        { "ordered dictionary", Called("collections", "OrderedDict", p => p.Op(PickleOpcode.EmptyList)
            .Op(PickleOpcode.Mark).Text("a").Op(PickleOpcode.List).Op(PickleOpcode.Append)) },
        { "tensor", Called("torch._utils", "_rebuild_tensor_v2", p => p.Int(1).Int(2).Int(3), 3) },
        { "tensor", Called("torch._tensor", "_rebuild_from_type_v2", p => p.Int(1).Int(2).Int(3), 3) },
        { "tensor", Called("torch._tensor", "_rebuild_from_type_v2", p => p.Global("torch", "Size").Int(2).Op(PickleOpcode.EmptyTuple), 3) },
        { "parameter", Called("torch._utils", "_rebuild_parameter", p => p.Int(2)) },
        { "parameter", Called("torch._utils", "_rebuild_parameter_with_state", p => p.Int(2)) },
        { "ordered dictionary", Called("collections", "OrderedDict", p => p.Int(2)) },
        { "ordered dictionary", Called("collections", "OrderedDict", p => p.Op(PickleOpcode.EmptyList).Int(1).Op(PickleOpcode.Append)) },
        { "ordered dictionary", Called("collections", "OrderedDict", p => p.Op(PickleOpcode.EmptyList)
            .Int(1).Op(PickleOpcode.Tuple1).Op(PickleOpcode.Append)) },
        { "dictionary", Called("collections", "Counter", p => p.Int(2)) },
        { "queue", Called("collections", "deque", p => p.Int(2)) },
        { "namespace", Called("argparse", "Namespace", p => p.Int(2)) },
        { "namespace", Called("types", "SimpleNamespace", p => p.Int(2)) },
        { "set", Called("builtins", "set", p => p.Int(2)) },
        { "set", Called("builtins", "frozenset", p => p.Int(2)) },
        { "byte string", Called("builtins", "bytes", p => p.Int(2)) },
        { "byte string", Called("builtins", "bytearray", p => p.Text("x").Text("utf-8"), 2) },
        { "dictionary", Called("easydict", "EasyDict", p => p.Int(2)) },
        { "tensor", Called("torch._utils", "_rebuild_tensor_v2", p => p.Int(2)) },
        { "tensor", Called("torch._utils", "_rebuild_tensor_v3", p => p.Int(2)) },
        { "tensor", Called("torch._utils", "_rebuild_qtensor", p => p.Int(2)) },
    };

    [Theory]
    [MemberData(nameof(BadCalls))]
    public void Invalid_arguments_are_refused(string what, byte[] pickle) => Refused(what, pickle);

    [Fact]
    public void Parts_of_a_name_are_keys_of_any_simple_type()
    {
        var pickle = New().Op(PickleOpcode.EmptyDictionary).Op(PickleOpcode.Mark)
            .Text("text").Int(1).Int(-7).Int(2).Op(PickleOpcode.Float, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0).Int(3)
            .Op(PickleOpcode.True).Int(4).Op(PickleOpcode.False).Int(5).Op(PickleOpcode.Long1, [9, .. new byte[8], 1]).Int(6)
            .Global("os", "environ").Int(7).Global("torch", "Size").Int(8).Op(PickleOpcode.None).Int(9).Op(PickleOpcode.EmptyTuple).Int(10)
            .Op(PickleOpcode.SetItems).Stop();
        Assert.Equal("text=1 -7=2 1.5=3 true=4 false=5 18446744073709551616=6 os.environ=7 torch.Size=8", Texts(pickle));
        Assert.Contains("neither text nor a number", Content(pickle).Problem, StringComparison.Ordinal);
        Assert.Null(Content(New().Op(PickleOpcode.EmptyDictionary).Stop()).Problem);
    }

    [Fact]
    public void Last_value_of_a_key_is_that_of_the_dictionary()
    {
        var dictionary = new PickledDictionary { Items = { ("a", 1L), ("a", 2L), (3L, 4L) } };
        Assert.Equal(2L, dictionary["a"]);
        Assert.Null(dictionary["3"]);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Nesting_is_limited(int depth, bool isRead)
    {
        var (tuples, dictionaries) = (New(), New());
        for (var i = 0; i < depth; i++)
        {
            dictionaries.Op(PickleOpcode.EmptyDictionary).Text("a");
        }

        tuples.Int(1);
        dictionaries.Int(1);
        for (var i = 0; i < depth; i++)
        {
            tuples.Op(PickleOpcode.Tuple1);
            dictionaries.Op(PickleOpcode.SetItem);
        }

        Check(isRead, "nested too deeply", tuples.Stop());
        Check(isRead, "nested too deeply", dictionaries.Stop());
    }

    [Theory]
    [InlineData(0, "a dictionary has a key that is neither text nor a number")]
    [InlineData(1, "a numpy type has an invalid description")]
    [InlineData(2, "it has two values named 'a.b'")]
    public void First_of_several_problems_is_reported(int first, string problem)
    {
        Action<PickleBytes>[] problems =
        [
            pickle => pickle.Op(PickleOpcode.None).Int(1).Op(PickleOpcode.SetItem),
            pickle => pickle.Text("type").Global("numpy", "dtype").Text("O8").Op(PickleOpcode.Tuple1).Op(PickleOpcode.Reduce).Op(PickleOpcode.SetItem),
            pickle => pickle.Text("a.b").Int(1).Op(PickleOpcode.SetItem).Text("a.b").Int(2).Op(PickleOpcode.SetItem),
        ];
        var pickle = New().Op(PickleOpcode.EmptyDictionary);
        for (var i = 0; i < problems.Length; i++)
        {
            problems[(first + i) % problems.Length](pickle);
        }

        Assert.Equal(problem, Content(pickle.Stop()).Problem);
    }

    [Theory]
    [InlineData("_rebuild_tensor_v2", 64, true)]
    [InlineData("_rebuild_tensor_v2", 65, false)]
    [InlineData("_rebuild_qtensor", 64, true)]
    [InlineData("_rebuild_qtensor", 65, false)]
    public void Tensor_has_at_most_64_dimensions(string function, int dimensions, bool isRead)
    {
        var pickle = New().Global("torch._utils", function).Op(PickleOpcode.Mark)
            .Op(PickleOpcode.Mark).Text("storage").Global("torch", "FloatStorage").Text("0").Text("cpu").Int(1).Op(PickleOpcode.Tuple)
            .Op(PickleOpcode.PersistentId).Int(0);
        foreach (var number in new[] { 1, 0 }) // shape and strides
        {
            pickle.Op(PickleOpcode.Mark);
            for (var i = 0; i < dimensions; i++)
            {
                pickle.Int(number);
            }

            pickle.Op(PickleOpcode.Tuple);
        }

        var tensor = pickle.Op(PickleOpcode.Tuple).Op(PickleOpcode.Reduce).Stop();
        if (isRead)
        {
            var read = Content(tensor).Tensors[""];
            Assert.Equal((dimensions, function == "_rebuild_qtensor" ? "quantized" : null), (read.Shape.Length, read.Storage.Unsupported));
        }
        else
        {
            Refused("tensor", tensor);
        }
    }

    [Theory]
    [InlineData(999, true)]
    [InlineData(1000, false)]
    public void Length_of_names_is_limited(int length, bool isRead)
    {
        var key = New().Op(PickleOpcode.EmptyDictionary).Op(PickleOpcode.Unicode, [.. BitConverter.GetBytes(length), .. new byte[length]]);
        Check(isRead, "more than 1000 characters", key.Op(PickleOpcode.EmptyList).Int(1).Op(PickleOpcode.Append).Op(PickleOpcode.SetItem).Stop());
    }

    private static void Check(bool isRead, string reason, byte[] pickle)
    {
        if (isRead)
        {
            Assert.Equal("1", Single(pickle));
        }
        else
        {
            Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Content(pickle)).Message, StringComparison.Ordinal);
        }
    }

    private static byte[] Called(string module, string name, Action<PickleBytes> arguments, int count = 1)
    {
        var pickle = New().Global(module, name);
        arguments(pickle);
        PickleOpcode[] tuples = [PickleOpcode.EmptyTuple, PickleOpcode.Tuple1, PickleOpcode.Tuple2, PickleOpcode.Tuple3];
        return pickle.Op(tuples[count]).Op(PickleOpcode.Reduce).Stop();
    }

    /// <param name="order">Byte order in the state of the type; <c>null</c> for a type without state.</param>
    private static byte[] Scalar(PickleBytes pickle, string module, string type, byte[] bytes, string? order = null)
    {
        pickle.Global(module, "scalar").Global("numpy", "dtype").Text(type).Op(PickleOpcode.Tuple1).Op(PickleOpcode.Reduce);
        if (order is not null)
        {
            pickle.Op(PickleOpcode.Mark).Int(3).Text(order).Op(PickleOpcode.None).Op(PickleOpcode.Tuple).Op(PickleOpcode.Build);
        }

        return pickle.Op(PickleOpcode.ShortBytes, [(byte)bytes.Length, .. bytes]).Op(PickleOpcode.Tuple2).Op(PickleOpcode.Reduce).Stop();
    }

    private static void Refused(string what, byte[] pickle) =>
        Assert.Equal($"a {what} has an invalid description", Assert.Throws<InvalidDataException>(() => Content(pickle)).Message);

    private static string Single(byte[] pickle) => Assert.Single(Content(pickle).Texts).Value;

    private static string Texts(byte[] pickle) => string.Join(' ', Content(pickle).Texts.Select(item => $"{item.Key}={item.Value}"));

    private static PickledContent Content(byte[] pickle) => PickledContent.Of(new PickleMachine(new MemoryStream(pickle), "x.pt").Load());

    private static PickleBytes New() => new();
}
