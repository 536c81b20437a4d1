using System.Collections;
using System.Globalization;
using System.Numerics;
using TinySora.Engine.Formats.PyTorch;

namespace TinySora.Engine.Tests.Formats.PyTorch;

/// <summary>Values of pickles that use every operation of Python's protocols 2 to 5; each writer uses only a few.</summary>
public sealed class PickleMachineTests
{
    public static TheoryData<string, byte[]> Values => new()
    {
        { "-5", New().Op(PickleOpcode.Int, 0xFB, 0xFF, 0xFF, 0xFF).Stop() },
        { "(255, 65535)", New().Op(PickleOpcode.Int1, 255).Op(PickleOpcode.Int2, 255, 255).Op(PickleOpcode.Tuple2).Stop() },
        { "(0, -128, 128)", New().Op(PickleOpcode.Long1, 0).Op(PickleOpcode.Long1, 1, 0x80).Op(PickleOpcode.Long1, 2, 0x80, 0).Op(PickleOpcode.Tuple3).Stop() },
        { "-2", New().Op(PickleOpcode.Long4, 1, 0, 0, 0, 0xFE).Stop() },
        { "1.5", New().Op(PickleOpcode.Float, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0).Stop() },
        { "(True, False, None)", New().Op(PickleOpcode.True).Op(PickleOpcode.False).Op(PickleOpcode.None).Op(PickleOpcode.Tuple3).Stop() },
        { "('a', 'b')", New().Op(PickleOpcode.ShortPython2String, 1, 97).Op(PickleOpcode.Python2String, 1, 0, 0, 0, 98).Op(PickleOpcode.Tuple2).Stop() },
        { "('c', 'd')", New().Op(PickleOpcode.Unicode, 1, 0, 0, 0, 99).Op(PickleOpcode.Unicode8, 1, 0, 0, 0, 0, 0, 0, 0, 100).Op(PickleOpcode.Tuple2).Stop() },
        { "'ü'", New().Op(PickleOpcode.ShortUnicode, 2, 0xC3, 0xBC).Stop() },
        { "(b01, b02)", New().Op(PickleOpcode.ShortBytes, 1, 1).Op(PickleOpcode.Bytes, 1, 0, 0, 0, 2).Op(PickleOpcode.Tuple2).Stop() },
        { "(b03, b04)", New().Op(PickleOpcode.Bytes8, 1, 0, 0, 0, 0, 0, 0, 0, 3).Op(PickleOpcode.ByteArray8, 1, 0, 0, 0, 0, 0, 0, 0, 4)
            .Op(PickleOpcode.Tuple2).Stop() },
        { "()", New().Op(PickleOpcode.EmptyTuple).Stop() },
        { "((1, 2))", New().Op(PickleOpcode.Mark).Int(1).Int(2).Op(PickleOpcode.Tuple).Op(PickleOpcode.Tuple1).Stop() },
        { "[1, 2]", New().Op(PickleOpcode.Mark).Int(1).Int(2).Op(PickleOpcode.List).Stop() },
        { "[1, 2]", New().Op(PickleOpcode.Mark).Int(1).Int(2).Op(PickleOpcode.FrozenSet).Stop() },
        { "[3, 1, 2]", New().Op(PickleOpcode.EmptyList).Int(3).Op(PickleOpcode.Append).Op(PickleOpcode.Mark).Int(1).Int(2).Op(PickleOpcode.Appends).Stop() },
        { "[1]", New().Op(PickleOpcode.EmptySet).Op(PickleOpcode.Mark).Int(1).Op(PickleOpcode.AddItems).Stop() },
        { "{1: 2, 3: 4}", New().Op(PickleOpcode.Mark).Int(1).Int(2).Int(3).Int(4).Op(PickleOpcode.Dictionary).Stop() },
        { "{1: 2, 3: 4}", New().Op(PickleOpcode.EmptyDictionary).Int(1).Int(2).Op(PickleOpcode.SetItem)
            .Op(PickleOpcode.Mark).Int(3).Int(4).Op(PickleOpcode.SetItems).Stop() },
        { "1", New().Int(1).Int(2).Op(PickleOpcode.Pop).Stop() },
        { "1", New().Int(1).Op(PickleOpcode.Mark).Int(2).Int(3).Op(PickleOpcode.PopMark).Stop() },
        { "(1, [2])", New().Int(1).Op(PickleOpcode.Mark).Int(2).Op(PickleOpcode.List).Op(PickleOpcode.Tuple2).Stop() },
        { "(1, 1)", New().Int(1).Op(PickleOpcode.Put, 0).Op(PickleOpcode.Get, 0).Op(PickleOpcode.Tuple2).Stop() },
        { "(1, 2, 1)", New().Int(1).Op(PickleOpcode.Memoize).Int(2).Op(PickleOpcode.Memoize).Op(PickleOpcode.LongGet, 0, 0, 0, 0)
            .Op(PickleOpcode.Tuple3).Stop() },
        { "(2, 2)", New().Int(1).Op(PickleOpcode.LongPut, 0, 0, 0, 0).Op(PickleOpcode.Pop).Int(2).Op(PickleOpcode.Put, 0).Op(PickleOpcode.Get, 0)
            .Op(PickleOpcode.Tuple2).Stop() },
        { "(1, 1)", New().Int(1).Op(PickleOpcode.Put, 1).Op(PickleOpcode.Get, 1).Op(PickleOpcode.Tuple2).Stop() }, // numbered from 1
        { "(1, None)", New().Int(1).Op(PickleOpcode.Put, 1).Op(PickleOpcode.Get, 0).Op(PickleOpcode.Tuple2).Stop() },
        { "1", New().Op(PickleOpcode.Proto, 5).Op(PickleOpcode.Frame, 1, 2, 3, 4, 5, 6, 7, 8).Int(1).Stop() },
        { "0", New().Op(PickleOpcode.Long4, 0, 1, 0, 0).Raw(new byte[256]).Stop() }, // the longest integer
        { "1", New().Global(new string('a', 500), new string('b', 500)).Op(PickleOpcode.Pop).Int(1).Stop() }, // the longest name
        { "'torch.float16'", New().Text("torch").Text("float16").Op(PickleOpcode.StackGlobal).Stop() },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Operation_has_the_meaning_of_Python(string expected, byte[] pickle) => Assert.Equal(expected, Load(pickle));

    [Theory]
    [InlineData("9223372036854775807", typeof(long))]
    [InlineData("-9223372036854775808", typeof(long))]
    [InlineData("9223372036854775808", typeof(BigInteger))]
    [InlineData("-9223372036854775809", typeof(BigInteger))]
    public void Integers_of_any_size_are_read(string text, Type type)
    {
        var bytes = BigInteger.Parse(text, CultureInfo.InvariantCulture).ToByteArray();
        var value = Machine(New().Op(PickleOpcode.Long1, [(byte)bytes.Length, .. bytes]).Stop()).Load()!;
        Assert.Equal((type, text), (value.GetType(), $"{value}"));
    }

    [Theory]
    [InlineData(0x80, 2, true)]
    [InlineData(0x80, 5, true)]
    [InlineData(0x80, 1, false)]
    [InlineData(0x80, 6, false)]
    [InlineData(0x81, 2, false)]
    public void Pickle_begins_with_its_protocol(byte first, byte protocol, bool isRead)
    {
        var machine = Machine([first, protocol, (byte)PickleOpcode.True, (byte)PickleOpcode.Stop]);
        if (isRead)
        {
            Assert.True(machine.Load() is true);
        }
        else
        {
            Assert.Contains("pickle of protocol 2 to 5", Assert.Throws<InvalidDataException>(machine.Load).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Stream_is_left_after_the_end_of_the_pickle()
    {
        using var stream = new MemoryStream([.. New().Int(1).Stop(), .. New().Int(2).Stop(), 9]);
        Assert.Equal(1L, new PickleMachine(stream, "x.pt").Load());
        Assert.Equal(2L, new PickleMachine(stream, "x.pt").Load());
        Assert.Equal(9, stream.ReadByte());
    }

    public static TheoryData<string, byte[]> Errors => new()
    {
        { "stores value 2 in its memo, which contains only 0 values", New().Int(1).Op(PickleOpcode.Put, 2).Stop() },
        { "reads value 1 from its memo", New().Int(1).Op(PickleOpcode.Put, 0).Op(PickleOpcode.Get, 1).Stop() },
        { "removes more values", New().Int(1).Op(PickleOpcode.Mark).Op(PickleOpcode.Put, 0).Stop() },
        { "removes more values", New().Int(1).Op(PickleOpcode.Mark).Int(2).Op(PickleOpcode.Tuple2).Stop() },
        { "removes more values", New().Op(PickleOpcode.Memoize).Stop() },
        { "removes more values", New().Int(1).Op(PickleOpcode.Append).Stop() },
        { "without giving its name", New().Int(1).Text("x").Op(PickleOpcode.StackGlobal).Stop() },
        { "without giving its name", New().Text("x").Int(1).Op(PickleOpcode.StackGlobal).Stop() },
        { "not a dictionary", New().Op(PickleOpcode.EmptyDictionary).Op(PickleOpcode.Mark).Int(1).Op(PickleOpcode.SetItems).Stop() },
        { "not a list", New().Op(PickleOpcode.EmptyDictionary).Int(1).Op(PickleOpcode.Append).Stop() },
        { "not a dictionary", New().Op(PickleOpcode.EmptyList).Int(1).Int(2).Op(PickleOpcode.SetItem).Stop() },
        { "not a function", New().Op(PickleOpcode.EmptyDictionary).Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.Reduce).Stop() },
        { "not a function", New().Global("torch", "Size").Op(PickleOpcode.EmptyList).Op(PickleOpcode.Reduce).Stop() },
        { "unknown format", Reference(4).Op(PickleOpcode.PersistentId).Stop() },
        { "unknown format", Reference(6, 1).Op(PickleOpcode.PersistentId).Stop() },
        { "unknown format", Reference(7).Op(PickleOpcode.PersistentId).Stop() },
        { "attributes of a namespace are not a dictionary", New().Global("argparse", "Namespace").Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.NewObject)
            .Int(1).Op(PickleOpcode.Build).Stop() },
        { "too long or not terminated", New().Raw("c"u8).Raw(new byte[501]).Stop() },
        { "an integer of 257 bytes", New().Op(PickleOpcode.Long4, 1, 1, 0, 0).Raw(new byte[257]).Stop() },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public void Invalid_operation_is_refused(string reason, byte[] pickle) =>
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Machine(pickle).Load()).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(5)]
    [InlineData(6)] // with a view, which old files may have
    public void Reference_describes_a_storage(int length)
    {
        var machine = Machine(Reference(length).Op(PickleOpcode.PersistentId).Stop());
        Assert.Equal(new PickledStorage("7", TorchSharp.torch.float32, 3), machine.Load());
        Assert.Equal(["7"], machine.Storages.Select(storage => storage.Key));
    }

    /// <summary>Values with 20,000 items or 320,000 bytes, which count as 20,000 values. A call copies them 90 or 110 times.</summary>
    [Theory]
    [InlineData("list")]
    [InlineData("tuple")]
    [InlineData("dictionary")]
    [InlineData("bytes")]
    [InlineData("text")]
    [InlineData("state")]
    public void Copies_of_large_values_are_limited(string kind)
    {
        Machine(Copied(90)).Load();
        var error = Assert.Throws<InvalidDataException>(() => Machine(Copied(110)).Load());
        Assert.Contains("more than 2,000,000 values", error.Message, StringComparison.Ordinal);

        byte[] Copied(int times)
        {
            var pickle = kind switch
            {
                "list" => Items(New()).Op(PickleOpcode.List),
                "tuple" => Items(New()).Op(PickleOpcode.Tuple),
                "bytes" => New().Op(PickleOpcode.Bytes, [.. BitConverter.GetBytes(320_000), .. new byte[320_000]]),
                "text" => New().Op(PickleOpcode.Unicode, [.. BitConverter.GetBytes(320_000), .. new byte[320_000]]),
                _ => Items(New(), 2).Op(PickleOpcode.Dictionary),
            };
            pickle.Op(PickleOpcode.Put, 0).Global("collections", "deque").Op(PickleOpcode.Put, 1).Global("datetime", "date").Op(PickleOpcode.Put, 2);
            for (var i = 0; i < times; i++)
            {
                if (kind == "state")
                {
                    pickle.Op(PickleOpcode.Get, 2).Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.Reduce).Op(PickleOpcode.Get, 0).Op(PickleOpcode.Build);
                }
                else
                {
                    pickle.Op(PickleOpcode.Get, kind is "list" or "tuple" ? (byte)1 : (byte)2).Op(PickleOpcode.Get, 0);
                    pickle.Op(PickleOpcode.Tuple1).Op(PickleOpcode.Reduce);
                }
            }

            return pickle.Stop();
        }

        static PickleBytes Items(PickleBytes pickle, int valuesPerItem = 1)
        {
            pickle.Op(PickleOpcode.Mark);
            for (var i = 0; i < 20_000 * valuesPerItem; i++)
            {
                pickle.Op(PickleOpcode.None);
            }

            return pickle;
        }
    }

    [Fact]
    public void Length_of_a_pickle_is_limited()
    {
        using var folder = new TemporaryFolder();
        using var stream = File.Create(folder.File("sparse.pt"));
        stream.SetLength(80 << 20);
        stream.Position = 9;
        var error = Assert.Throws<InvalidDataException>(() => new PickleReader(stream).Bytes((64 << 20) + 1));
        Assert.Equal("its pickle is longer than 64 MiB", error.Message);
        Assert.Equal(64 << 20, new PickleReader(stream).Bytes(64 << 20).Length);

        var rest = (ulong)(stream.Length - stream.Position);
        Assert.Equal("its pickle is truncated", Assert.Throws<EndOfStreamException>(() => new PickleReader(stream).Bytes(rest + 1)).Message);
    }

    /// <summary>Returns the first parts of a storage's persistent ID. The sixth part is None or a number.</summary>
    private static PickleBytes Reference(int length, int? sixth = null)
    {
        var pickle = New().Op(PickleOpcode.Mark).Text("storage").Global("torch", "FloatStorage").Text("7").Text("cpu");
        for (var i = 4; i < length; i++)
        {
            _ = i == 4 ? pickle.Int(3) : sixth is int number ? pickle.Int(number) : pickle.Op(PickleOpcode.None);
        }

        return pickle.Op(PickleOpcode.Tuple);
    }

    private static PickleBytes New() => new();

    private static PickleMachine Machine(byte[] pickle) => new(new MemoryStream(pickle), "x.pt");

    private static string Load(byte[] pickle) => Text(Machine(pickle).Load());

    /// <summary>Returns a value as Python would print it, but sets as lists, and bytes in hexadecimal.</summary>
    private static string Text(object? value) => value switch
    {
        null => "None",
        string text => $"'{text}'",
        byte[] bytes => "b" + Convert.ToHexString(bytes),
        object?[] tuple => $"({string.Join(", ", tuple.Select(Text))})",
        PickledDictionary dictionary => $"{{{string.Join(", ", dictionary.Items.Select(item => $"{Text(item.Key)}: {Text(item.Value)}"))}}}",
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Text))}]",
        _ => ((IConvertible)value).ToString(CultureInfo.InvariantCulture),
    };
}
