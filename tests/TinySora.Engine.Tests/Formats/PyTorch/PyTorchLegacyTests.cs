using System.Numerics;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.PyTorch;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Formats.PyTorch;

/// <summary>Files in the format before PyTorch 1.6, and pickles of Python's pickle.dump, which contain such files.</summary>
public sealed class PyTorchLegacyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Target => folder.File("old.pt");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Storages_follow_the_object_in_the_order_of_their_keys()
    {
        var root = New().Op(PickleOpcode.EmptyDictionary).Text("a").Tensor(2, 0, [2], [1], "x").Op(PickleOpcode.SetItem)
            .Text("b").Tensor(3, 1, [2], [1], "y").Op(PickleOpcode.SetItem).Stop();
        File.WriteAllBytes(Target, Legacy(root, ["y", "x"], [.. Storage(1, 2, 3), .. Storage(4, 5)]));
        using var scope = NewDisposeScope();
        using var file = PyTorchFile.Open(Target);
        Assert.Equal([4f, 5], file.Tensors["a"].Read().data<float>().ToArray());
        Assert.Equal([2f, 3], file.Tensors["b"].Read().data<float>().ToArray());
    }

    [Theory]
    [InlineData("lists the data '1', which is unknown or a duplicate", new[] { "1", "0" })]
    [InlineData("lists the data '0', which is unknown or a duplicate", new[] { "0", "0" })]
    [InlineData("data '0' is missing or incomplete", new string[0])]
    public void Listed_storages_are_those_of_the_object(string reason, string[] keys)
    {
        File.WriteAllBytes(Target, Legacy(New().Tensor(2, 0, [2], [1]).Stop(), keys, [.. Storage(1, 2), .. Storage(1, 2)]));
        Assert.Contains(reason, Refused("Damaged"), StringComparison.Ordinal);
    }

    [Fact]
    public void Size_of_a_storage_is_that_of_the_object_and_of_the_file()
    {
        var root = New().Tensor(2, 0, [2], [1]).Stop();
        File.WriteAllBytes(Target, Legacy(root, ["0"], Storage(1, 2, 3)));
        Assert.Contains("data '0' has 3 elements instead of 2", Refused("Damaged"), StringComparison.Ordinal);

        File.WriteAllBytes(Target, Legacy(root, ["0"], Storage(1, 2)[..^1]));
        Assert.Contains("data '0' is truncated", Refused("Damaged"), StringComparison.Ordinal);

        File.WriteAllBytes(Target, Legacy(root, ["0"], Storage(1, 2)[..4]));
        Refused("Damaged");

        // The same data with two sizes.
        var both = New().Tensor(2, 0, [2], [1]).Tensor(4, 0, [4], [1]).Op(PickleOpcode.Tuple2).Stop();
        File.WriteAllBytes(Target, Legacy(both, ["0"], Storage(1, 2)));
        Assert.Contains("data '0' is missing or incomplete", Refused("Damaged"), StringComparison.Ordinal);
    }

    [Fact]
    public void File_of_another_version_or_machine_is_refused()
    {
        var root = New().Tensor(2, 0, [2], [1]).Stop();
        File.WriteAllBytes(Target, Legacy(root, ["0"], Storage(1, 2), version: 1002));
        Assert.Contains("another program", Refused("NotPyTorch"), StringComparison.Ordinal);
        File.WriteAllBytes(Target, Legacy(root, ["0"], Storage(1, 2), magic: "119547037146038801333357"));
        Assert.Contains("another program", Refused("NotPyTorch"), StringComparison.Ordinal);
        File.WriteAllBytes(Target, Legacy(root, ["0"], Storage(1, 2), isLittle: false));
        Assert.Contains("big-endian", Refused("Damaged"), StringComparison.Ordinal);
        File.WriteAllBytes(Target, [.. Legacy(root, [], [])[..^New().Op(PickleOpcode.EmptyList).Stop().Length], .. New().Int(1).Stop()]);
        Assert.Contains("the list of its storages is missing", Refused("Damaged"), StringComparison.Ordinal);
    }

    [Fact]
    public void Tensor_of_a_plain_pickle_has_its_storage_inside()
    {
        var inner = Legacy(Reference().Stop(), ["0"], Storage(1.5f, -2));
        File.WriteAllBytes(Target, Outer(inner));
        using var scope = NewDisposeScope();
        using var file = PyTorchFile.Open(Target);
        Assert.Equal([1.5f, -2], Assert.Single(file.Tensors).Value.Read().data<float>().ToArray());

        File.WriteAllBytes(Target, Outer(Legacy(New().Int(1).Stop(), [], [])));
        Assert.Contains("must be a storage", Refused("Damaged"), StringComparison.Ordinal);
        File.WriteAllBytes(Target, Outer(null));
        Assert.Contains("a storage has an invalid description", Refused("Damaged"), StringComparison.Ordinal);
    }

    /// <summary>The function that reads a file within a pickle is only for plain pickles.</summary>
    [Fact]
    public void Embedded_storage_is_refused_in_other_formats_and_within_another()
    {
        var nested = Outer(Legacy(Reference().Stop(), ["0"], Storage(1, 2)));
        PickleBytes.WriteZip(Target, nested);
        Assert.Contains("would call torch.storage._load_from_bytes", Refused("RunsCode"), StringComparison.Ordinal);
        File.WriteAllBytes(Target, Outer(Legacy(nested, [], [])));
        Refused("RunsCode");
    }

    [Theory]
    [InlineData("504B0304", true)]
    [InlineData("504B0305", false)]
    [InlineData("504B", false)]
    [InlineData("8001", true)]
    [InlineData("8005", true)]
    [InlineData("8000", false)]
    [InlineData("8006", false)]
    [InlineData("80", false)]
    [InlineData("8102", false)]
    [InlineData("", false)]
    public void File_is_recognized_by_its_first_bytes(string start, bool isOne)
    {
        File.WriteAllBytes(Target, Convert.FromHexString(start));
        Assert.Equal(isOne, PyTorchFile.IsOne(Target));
    }

    /// <summary>Overwriting a file while it is being loaded would mix tensors from two models.</summary>
    [Fact]
    public void File_that_has_changed_since_it_was_opened_is_refused()
    {
        File.WriteAllBytes(Target, Legacy(New().Tensor(2, 0, [2], [1]).Stop(), ["0"], Storage(1, 2)));
        using var file = PyTorchFile.Open(Target);
        using var scope = NewDisposeScope();
        file.Tensors[""].Read();
        File.SetLastWriteTimeUtc(Target, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        Assert.Equal("TinySora.Checkpoint.Changed", Assert.Throws<TinySoraException>(() => file.Tensors[""].Read()).Id);
    }

    private string Refused(string id)
    {
        var error = Assert.Throws<TinySoraException>(() => PyTorchFile.Open(Target).Dispose());
        Assert.Equal("TinySora.Checkpoint." + id, error.Id);
        return error.Message;
    }

    /// <summary>A reference to a storage of two numbers.</summary>
    private static PickleBytes Reference() => New().Op(PickleOpcode.Mark).Text("storage").Global("torch", "FloatStorage").Text("0").Text("cpu").Int(2)
        .Op(PickleOpcode.Tuple).Op(PickleOpcode.PersistentId);

    /// <summary>A pickled tensor with two numbers, whose storage is in the bytes of a file; <c>null</c> for a number instead.</summary>
    private static byte[] Outer(byte[]? file)
    {
        var pickle = New().Global("torch._utils", "_rebuild_tensor_v2").Op(PickleOpcode.Mark).Global("torch.storage", "_load_from_bytes");
        _ = file is null ? pickle.Int(7) : pickle.Op(PickleOpcode.Bytes, [.. BitConverter.GetBytes(file.Length), .. file]);
        return pickle.Op(PickleOpcode.Tuple1).Op(PickleOpcode.Reduce).Int(0).Int(2).Op(PickleOpcode.Tuple1).Int(1).Op(PickleOpcode.Tuple1)
            .Op(PickleOpcode.False).Op(PickleOpcode.EmptyDictionary).Op(PickleOpcode.Tuple).Op(PickleOpcode.Reduce).Stop();
    }

    private static byte[] Legacy(
        byte[] root, string[] keys, byte[] storages, int version = 1001, string magic = "119547037146038801333356", bool isLittle = true)
    {
        var list = New().Op(PickleOpcode.EmptyList);
        foreach (var key in keys)
        {
            list.Text(key).Op(PickleOpcode.Append);
        }

        var machine = New().Op(PickleOpcode.EmptyDictionary).Text("little_endian").Op(isLittle ? PickleOpcode.True : PickleOpcode.False)
            .Op(PickleOpcode.SetItem);
        return
        [
            .. New().Op(PickleOpcode.Long1, [10, .. BigInteger.Parse(magic).ToByteArray()]).Stop(), .. New().Int(version).Stop(), .. machine.Stop(),
            .. root, .. list.Stop(), .. storages,
        ];
    }

    private static byte[] Storage(params float[] numbers) => [.. BitConverter.GetBytes((long)numbers.Length), .. numbers.SelectMany(BitConverter.GetBytes)];

    private static PickleBytes New() => new();
}
