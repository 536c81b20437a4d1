using System.IO.Compression;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Formats.PyTorch;

/// <summary>Malicious files: each is refused within time and memory proportional to its size.</summary>
public sealed class PyTorchSafetyTests : IDisposable
{
    private const string Damaged = "TinySora.Checkpoint.Damaged";

    private readonly TemporaryFolder folder = new();

    private string Target => folder.File("bad.pt");

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, byte[]> Programs => new()
    {
        { "os.system", New().Global("os", "system").Text("id").Op(PickleOpcode.Tuple1).Op(PickleOpcode.Reduce).Stop() },
        { "posix.system", New().Text("posix").Text("system").Op(PickleOpcode.StackGlobal).Text("id").Op(PickleOpcode.Tuple1).Op(PickleOpcode.Reduce).Stop() },
        { "builtins.eval", New().Global("builtins", "eval").Text("1").Op(PickleOpcode.Tuple1).Op(PickleOpcode.Reduce).Stop() },
        { "__builtin__.getattr", New().Global("__builtin__", "getattr").Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.Reduce).Stop() },
        { "subprocess.Popen", New().Op(PickleOpcode.EmptyDictionary).Text("model").Global("subprocess", "Popen").Text("id").Op(PickleOpcode.Tuple1).Op(PickleOpcode.NewObject).Op(PickleOpcode.SetItem).Stop() },
        { "torch.serialization.load", New().Global("torch.serialization", "load").Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.Reduce).Stop() },
        { "torch._utils.eval", New().Global("torch._utils", "eval").Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.Reduce).Stop() },
        { "collections.OrderedDict.fromkeys", New().Global("collections", "OrderedDict.fromkeys").Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.Reduce).Stop() },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void Pickle_that_runs_code_is_refused_by_name(string name, byte[] pickle)
    {
        PickleBytes.WriteZip(Target, pickle);
        var error = Refused("TinySora.Checkpoint.RunsCode");
        Assert.Contains($"would call {name},", error.Message, StringComparison.Ordinal);
        Assert.Contains("TinySora executed no code from it", error.Message, StringComparison.Ordinal);

        // The same pickle where the old format has it.
        File.WriteAllBytes(Target, pickle);
        Assert.Contains(name, Refused("TinySora.Checkpoint.RunsCode").Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[]> Nonsense => new()
    {
        { "0x69", New().Op(PickleOpcode.Mark).Raw("icollections\nOrderedDict\n"u8).Stop() },                                           // INST
        { "0x6F", New().Op(PickleOpcode.Mark).Global("collections", "OrderedDict").Raw("o"u8).Stop() },                             // OBJ
        { "0x82", New().Raw([0x82, 1]).Stop() },                                                                                    // EXT1
        { "0x84", New().Raw([0x84, 1, 0, 0, 0]).Stop() },                                                                           // EXT4
        { "0x50", New().Raw("Pos.system\n"u8).Stop() },                                                                             // PERSID
        { "0x97", New().Raw([0x97]).Stop() },                                                                                       // NEXT_BUFFER
        { "0x92", New().Raw([0x92]).Stop() },                                                                                       // NEWOBJ_EX
        { "attributes", New().Op(PickleOpcode.EmptyList).Op(PickleOpcode.EmptyDictionary).Op(PickleOpcode.Build).Stop() },
        { "attributes", New().Tensor(0, 0, [0], [1]).Op(PickleOpcode.EmptyDictionary).Op(PickleOpcode.Build).Stop() },
        { "attributes", New().Global("torch._utils", "_rebuild_tensor_v2").Op(PickleOpcode.EmptyDictionary).Op(PickleOpcode.Build).Stop() },
        { "not a function", New().Text("os.system").Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.Reduce).Stop() },
        { "not a function", New().Global("torch", "FloatStorage").Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.Reduce).Stop() },
        { "unknown format", New().Text("os.system").Op(PickleOpcode.PersistentId).Stop() },
        { "unknown format", New().Op(PickleOpcode.Mark).Text("storage").Global("torch", "FloatStorage").Text("0").Text("cpu").Int(-1).Op(PickleOpcode.Tuple).Op(PickleOpcode.PersistentId).Stop() },
        { "unknown format", New().Op(PickleOpcode.Mark).Text("module").Global("torch", "FloatStorage").Text("0").Text("cpu").Int(1).Op(PickleOpcode.Tuple).Op(PickleOpcode.PersistentId).Stop() },
        { "more values", New().Op(PickleOpcode.Tuple3).Stop() },
        { "more values", New().Op(PickleOpcode.EmptyList).Op(PickleOpcode.Mark).Op(PickleOpcode.Append).Stop() },
        { "mark", New().Op(PickleOpcode.Appends).Stop() },
        { "has not stored", New().Op(PickleOpcode.Get, 9).Stop() },
        { "it stores value", New().Op(PickleOpcode.None).Op(PickleOpcode.LongPut, 255, 255, 255, 255).Stop() },
        { "not a dictionary", New().Op(PickleOpcode.EmptyDictionary).Op(PickleOpcode.Mark).Int(1).Op(PickleOpcode.SetItems).Stop() },
        { "neither text", New().Op(PickleOpcode.EmptyDictionary).Op(PickleOpcode.None).Int(1).Op(PickleOpcode.SetItem).Stop() },
        { "two values named 'a.b'", New().Op(PickleOpcode.EmptyDictionary).Text("a.b").Int(1).Op(PickleOpcode.SetItem).Text("a").Op(PickleOpcode.EmptyDictionary).Text("b").Int(1).Op(PickleOpcode.SetItem).Op(PickleOpcode.SetItem).Stop() },
        { "invalid description", New().Global("numpy", "dtype").Text("O8").Op(PickleOpcode.Tuple1).Op(PickleOpcode.Reduce).Stop() },
        { "invalid description", New().Global("_codecs", "encode").Text("x").Text("rot13").Op(PickleOpcode.Tuple2).Op(PickleOpcode.Reduce).Stop() },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public void Opcodes_unnecessary_for_data_are_refused(string reason, byte[] pickle)
    {
        PickleBytes.WriteZip(Target, pickle);
        Assert.Contains(reason, Refused(Damaged).Message, StringComparison.Ordinal);
    }

    /// <summary>Files with the expected message. Not a theory, because a test runner would hold the megabytes of each.</summary>
    private static readonly (string Reason, Func<byte[]> Pickle)[] Bombs =
    [
        ("integer of 2147483647 bytes", () => New().Op(PickleOpcode.Long4, 255, 255, 255, 127).Stop()),
        ("integer of 300 bytes", () => New().Op(PickleOpcode.Long4, 44, 1, 0, 0).Raw(new byte[300]).Stop()),
        ("is truncated", () => New().Op(PickleOpcode.Unicode8, 255, 255, 255, 255, 255, 255, 255, 255).Stop()),
        ("is truncated", () => New().Op(PickleOpcode.Bytes, 255, 255, 255, 127).Stop()),
        ("not terminated", () => New().Raw("c"u8).Raw(new byte[5000]).Stop()),
        ("nested too deeply", () => New().Op(PickleOpcode.EmptyList).Op(PickleOpcode.Put, 0).Op(PickleOpcode.Get, 0).Op(PickleOpcode.Append).Stop()),   // contains itself
        ("nested too deeply", () => Repeated(New().Op(PickleOpcode.EmptyList), 100_000, [(byte)PickleOpcode.Tuple1]).Stop()),
        ("nested too deeply", () => Repeated(New().Op(PickleOpcode.None), 60, [(byte)PickleOpcode.Put, 0, (byte)PickleOpcode.Get, 0, (byte)PickleOpcode.Tuple2]).Stop()),  // 2^60 leaves
        ("more than 1000 characters", () => New().Op(PickleOpcode.EmptyDictionary).Op(PickleOpcode.Unicode, 0xD0, 7, 0, 0).Raw(new byte[2000]).Int(1).Op(PickleOpcode.SetItem).Stop()),
    ];

    [Fact]
    public void Small_file_does_not_use_excessive_memory_or_time()
    {
        foreach (var (reason, pickle) in Bombs)
        {
            File.Delete(Target);
            PickleBytes.WriteZip(Target, pickle());
            var before = GC.GetTotalAllocatedBytes();
            Assert.Contains(reason, Refused(Damaged).Message, StringComparison.Ordinal);
            Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 2L << 30);
        }
    }

    [Theory]
    [InlineData(4, 0, new long[] { 5 }, new long[] { 1 }, "shape (5), strides (1) and offset 0 exceeds its storage of 4 elements")]
    [InlineData(4, 1, new long[] { 4 }, new long[] { 1 }, "strides (1) and offset 1 exceeds its storage of 4 elements")]
    [InlineData(4, 0, new long[] { 2, 2 }, new long[] { 3, 1 }, "shape (2, 2), strides (3, 1) and offset 0 exceeds")]
    [InlineData(4, -1, new long[] { 1 }, new long[] { 1 }, "a tensor of shape (1), strides (1) and offset -1 is not valid")]
    [InlineData(4, 0, new long[] { 2 }, new long[] { -1 }, "is not valid")]
    [InlineData(4, 0, new long[] { -1 }, new long[] { 1 }, "is not valid")]
    [InlineData(4, 0, new long[] { long.MaxValue, 3 }, new long[] { long.MaxValue, 2 }, "exceeds its storage")]
    [InlineData(4, 0, new long[] { 1L << 40, 1L << 40 }, new long[] { 0, 0 }, "repeats the 4 elements of its storage too often")]
    [InlineData(4, long.MaxValue, new long[] { 1 }, new long[] { 1 }, "exceeds its storage")]
    [InlineData(4, 5, new long[] { 0 }, new long[] { 1 }, "exceeds its storage")]
    [InlineData(4, 0, new long[] { 2, 2 }, new long[] { 1 }, "a tensor has an invalid description")]
    public void Tensor_outside_its_storage_is_refused(long count, long offset, long[] shape, long[] strides, string reason)
    {
        PickleBytes.WriteZip(Target, New().Tensor(count, offset, shape, strides).Stop(), more: ("archive/data/0", new byte[16]));
        Assert.Contains(reason, Refused(Damaged).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, 3, new long[] { 1, 1 }, new long[] { 9, 9 })] // the stride of an axis of size 1 has no effect
    [InlineData(4, 4, new long[] { 5, 0 }, new long[] { 1, 1 })]
    [InlineData(4, 1, new long[] { 3, 2 }, new long[] { 1, 0 })]
    public void Tensor_may_reach_the_end_of_its_storage(long count, long offset, long[] shape, long[] strides)
    {
        PickleBytes.WriteZip(Target, New().Tensor(count, offset, shape, strides).Stop(), more: ("archive/data/0", new byte[16]));
        using var file = PyTorchFile.Open(Target);
        using var tensor = file.Tensors[""].Read();
        Assert.Equal(shape, tensor.shape);
    }

    [Fact]
    public void Missing_or_short_storage_is_refused()
    {
        PickleBytes.WriteZip(Target, New().Tensor(5, 0, [5], [1]).Stop(), more: ("archive/data/0", new byte[16]));
        Assert.Contains("data '0' has 16 bytes instead of 20", Refused(Damaged).Message, StringComparison.Ordinal);

        File.Delete(Target);
        PickleBytes.WriteZip(Target, New().Tensor(4, 0, [4], [1], key: "../../secret").Stop(), more: ("archive/data/0", new byte[16]));
        Assert.Contains("the data '../../secret' is missing", Refused(Damaged).Message, StringComparison.Ordinal);

        // Ten gigabytes that do not exist.
        File.Delete(Target);
        PickleBytes.WriteZip(Target, New().Tensor(2_500_000_000, 0, [2_500_000_000], [1]).Stop(), more: ("archive/data/0", new byte[16]));
        Assert.Contains("instead of 10000000000", Refused(Damaged).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Repeated_element_is_read_up_to_a_million_times()
    {
        PickleBytes.WriteZip(Target, New().Tensor(1, 0, [(1L << 20) + 1], [0]).Stop(), more: ("archive/data/0", new byte[4]));
        Assert.Contains("too often", Refused(Damaged).Message, StringComparison.Ordinal);

        File.Delete(Target);
        PickleBytes.WriteZip(Target, New().Tensor(1, 0, [1L << 20], [0]).Stop(), more: ("archive/data/0", BitConverter.GetBytes(2.5f)));
        using var scope = NewDisposeScope();
        using var file = PyTorchFile.Open(Target);
        var tensor = file.Tensors[""].Read();
        Assert.Equal([1L << 20], tensor.shape);
        Assert.Equal(2.5f, tensor[12345].item<float>());
    }

    [Fact]
    public void Compressed_entries_are_read()
    {
        var data = Enumerable.Range(0, 1000).SelectMany(i => BitConverter.GetBytes((float)i)).ToArray();
        PickleBytes.WriteZip(Target, New().Tensor(1000, 0, [1000], [1]).Stop(), CompressionLevel.Optimal, ("archive/data/0", data));
        using var scope = NewDisposeScope();
        using var file = PyTorchFile.Open(Target);
        Assert.Equal(499500, file.Tensors[""].Read().sum().item<float>());
    }

    [Fact]
    public void Zip_bomb_is_refused()
    {
        PickleBytes.WriteZip(Target, New().Tensor(22_500_000, 0, [25_000_000], [1]).Stop(), CompressionLevel.Optimal, ("archive/data/0", new byte[100_000_000]));
        Assert.Contains(" to 100000000 bytes", Refused(Damaged).Message, StringComparison.Ordinal);
    }

    /// <summary>An entry of more than 64 MiB may be at most 100 times as long as its compressed bytes.</summary>
    [Theory]
    [InlineData(64 << 20, 1, null)]
    [InlineData(100_000_000, 1_000_000, null)]
    [InlineData(100_000_000, 999_999, "its entry 'archive/other' claims to expand from 999999 to 100000000 bytes")]
    public void Compression_ratio_of_large_entries_is_limited(int length, int compressed, string? reason)
    {
        PickleBytes.WriteZip(Target, New().Op(PickleOpcode.EmptyDictionary).Stop(), more: ("archive/other", [1]));
        SetLengths(compressed, length);
        if (reason is null)
        {
            PyTorchFile.Open(Target).Dispose();
        }
        else
        {
            Assert.Contains(reason, Refused(Damaged).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(64 << 20, false)]
    [InlineData((64 << 20) + 1, true)]
    public void Length_of_the_pickle_is_limited(int length, bool isTooLong)
    {
        PickleBytes.WriteZip(Target, New().Op(PickleOpcode.EmptyDictionary).Stop());
        SetLengths(length, length);
        var message = Refused(Damaged).Message; // the archive is shorter than its directory states
        Assert.Equal(isTooLong, message.Contains($"its entry 'archive/data.pkl' has {length} bytes, which is too long", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("../data.pkl", "points outside the archive")]
    [InlineData("/etc/passwd", "points outside the archive")]
    [InlineData("archive\\data\\0", "points outside the archive")]
    [InlineData("archive/data.pkl", "is a duplicate")]
    public void Malicious_entry_names_are_refused(string name, string reason)
    {
        PickleBytes.WriteZip(Target, New().Op(PickleOpcode.EmptyDictionary).Stop(), more: (name, [1]));
        Assert.Contains($"its entry '{name}' {reason}", Refused(Damaged).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encrypted_entry_is_refused()
    {
        PickleBytes.WriteZip(Target, New().Op(PickleOpcode.EmptyDictionary).Stop());
        ChangeLastRecord((bytes, record) => bytes[record + 8] |= 1);
        Assert.Contains("is encrypted", Refused(Damaged).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Big_endian_data_is_refused()
    {
        PickleBytes.WriteZip(Target, New().Op(PickleOpcode.EmptyDictionary).Stop(), more: ("archive/byteorder", "big"u8.ToArray()));
        Assert.Contains("little-endian", Refused(Damaged).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_formats_are_distinguished_from_PyTorch_files()
    {
        File.WriteAllText(Target, "GIF89a and so on");
        Assert.Contains("neither a zip archive nor a pickle", Refused("TinySora.Checkpoint.NotPyTorch").Message, StringComparison.Ordinal);
        File.WriteAllText(Target, "");
        Assert.Contains("it is empty", Refused("TinySora.Checkpoint.NotPyTorch").Message, StringComparison.Ordinal);
        File.WriteAllBytes(Target, New().Op(PickleOpcode.EmptyDictionary).Stop());
        Assert.Contains("another program", Refused("TinySora.Checkpoint.NotPyTorch").Message, StringComparison.Ordinal);
        File.WriteAllBytes(Target, [.. new byte[257], .. "ustar"u8, .. new byte[250]]);
        Refused("TinySora.Checkpoint.OldPyTorch");
        File.Delete(Target);
        using (var archive = ZipFile.Open(Target, ZipArchiveMode.Create))
        {
            archive.CreateEntry("word/document.xml");
        }

        Assert.Contains("with 0 entries named data.pkl", Refused("TinySora.Checkpoint.NotPyTorch").Message, StringComparison.Ordinal);
        File.Delete(Target);
        Refused("TinySora.Checkpoint.CannotRead");
    }

    /// <summary>Changes the lengths of the last entry in the directory of the archive (PKWARE's APPNOTE, 4.3.12).</summary>
    private void SetLengths(int compressed, int length) => ChangeLastRecord((bytes, record) =>
    {
        BitConverter.TryWriteBytes(bytes.AsSpan(record + 20), compressed);
        BitConverter.TryWriteBytes(bytes.AsSpan(record + 24), length);
    });

    private void ChangeLastRecord(Action<byte[], int> change)
    {
        var bytes = File.ReadAllBytes(Target);
        change(bytes, bytes.AsSpan().LastIndexOf("PK\x01\x02"u8));
        File.WriteAllBytes(Target, bytes);
    }

    private static PickleBytes Repeated(PickleBytes pickle, int times, byte[] operations)
    {
        for (var i = 0; i < times; i++)
        {
            pickle.Raw(operations);
        }

        return pickle;
    }

    private static PickleBytes New() => new();

    private TinySoraException Refused(string id)
    {
        var error = Assert.Throws<TinySoraException>(() => TensorFile.Open(Target).Dispose());
        Assert.Equal(id, error.Id);
        Assert.Contains(Target, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Advice);
        return error;
    }
}
