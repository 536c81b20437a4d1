using System.IO.Compression;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Formats.PyTorch;

/// <summary>Uses files written by tests/reference/pytorch_files.py.</summary>
public sealed class PyTorchFileTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    /// <summary>The zip format, the format before PyTorch 1.6, and the newest pickle protocol.</summary>
    public static TheoryData<string> Files => ["zip.pt", "legacy.pt", "zip5.pt"];

    public void Dispose() => scope.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public void Tensors_in_plain_containers_are_named_by_their_keys(string name)
    {
        using var file = Open(name);
        var expected = new Dictionary<string, string>
        {
            ["step"] = "4300", ["yes"] = "true",
            ["optimizer.state.0.step"] = "7", ["optimizer.param_groups.0.lr"] = "0.0001", ["optimizer.param_groups.0.betas.1"] = "0.999",
            ["optimizer.param_groups.0.betas.0"] = "0.9", ["optimizer.param_groups.0.amsgrad"] = "false", ["optimizer.param_groups.0.params.0"] = "0",
            ["args.model"] = "Latte-S/2", ["args.lr"] = "0.0001", ["args.sizes.0"] = "2", ["args.sizes.1"] = "2",
            ["args.big"] = "1180591620717411303424", ["args.negative"] = "-5", ["args.wide"] = "1099511627776", ["args.unicode"] = "größe",
            ["size.0"] = "2", ["size.1"] = "3", ["device"] = "cuda:1", ["dtype"] = "torch.bfloat16",
            ["numpy.loss"] = "0.25", ["numpy.count"] = "-3", ["numpy.half"] = "0.5", ["numpy.yes"] = "true", ["set.0"] = "7", ["frozen.0"] = "a",
        };
        Assert.Equal(expected.OrderBy(p => p.Key, StringComparer.Ordinal), file.Metadata.OrderBy(p => p.Key, StringComparer.Ordinal));
    }

    /// <summary>torch.save names the folder in the archive after the file.</summary>
    [Fact]
    public void File_whose_name_contained_a_colon_is_read()
    {
        using var folder = new TemporaryFolder();
        using var file = Open("zip.pt");
        using (var source = ZipFile.OpenRead(file.Path))
        using (var target = ZipFile.Open(folder.File("colon.pt"), ZipArchiveMode.Create))
        {
            foreach (var entry in source.Entries)
            {
                var name = "model_2024-05-01T12:30:00" + entry.FullName[entry.FullName.IndexOf('/', StringComparison.Ordinal)..];
                using var from = entry.Open();
                using var to = target.CreateEntry(name, CompressionLevel.NoCompression).Open();
                from.CopyTo(to);
            }
        }

        using var copy = TensorFile.Open(folder.File("colon.pt"));
        Assert.Equal(file.Tensors.Keys, copy.Tensors.Keys);
        Assert.Equal(Floats(file.Tensors["views.1"]), Floats(copy.Tensors["views.1"]));
    }

    /// <summary>Each protocol extends the earlier ones; from 4 on, pickles begin with the length of a frame.</summary>
    [Theory]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(5, true)]
    public void Old_format_is_read_in_newer_protocols(byte protocol, bool isFramed)
    {
        byte[] frame = isFramed ? [0x95, 13, 0, 0, 0, 0, 0, 0, 0] : [];
        using var folder = new TemporaryFolder();
        using var file = Open("legacy.pt");
        File.WriteAllBytes(folder.File("newer.pt"), [0x80, protocol, .. frame, .. File.ReadAllBytes(file.Path)[2..]]);
        using var newer = TensorFile.Open(folder.File("newer.pt"));
        Assert.Equal(file.Metadata.OrderBy(p => p.Key), newer.Metadata.OrderBy(p => p.Key));
        Assert.Equal(Floats(file.Tensors["views.1"]), Floats(newer.Tensors["views.1"]));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Elements_of_every_type_are_read(string name)
    {
        using var file = Open(name);
        ScalarType[] types =
            [float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8];
        string[] names = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8"];
        foreach (var (type, typeName) in types.Zip(names))
        {
            var stored = file.Tensors["types." + typeName];
            Assert.Equal(type, stored.Type);
            Assert.Equal(type, stored.Read().dtype);
            Assert.Equal([0f, 1, 100], Floats(stored));
        }

        Assert.Equal([true, false, true], file.Tensors["flags"].Read().data<bool>().ToArray());
        Assert.Equal([1.5f, -2], Floats(file.Tensors["parameter"]));
        Assert.Equal(2.5, file.Tensors["scalar"].Read().item<double>());
        Assert.Empty(file.Tensors["scalar"].Shape);
        Assert.Equal([0L, 4], file.Tensors["empty"].Read().shape);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Views_of_one_storage_keep_their_strides(string name)
    {
        using var file = Open(name);
        float[][] expected =
        [
            [2, 3, 4], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11], [0, 3, 6, 9], [0, 0, 0, 0, 0, 0], [3, 4, 5, 9, 10, 11],
        ];
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], Floats(file.Tensors[$"views.{i}"]));
        }

        // Again and in reverse: the reader's position must not matter.
        Assert.Equal(expected[4], Floats(file.Tensors["views.4"]));
        Assert.Equal(expected[0], Floats(file.Tensors["views.0"]));
        Assert.Equal([4L, 3], file.Tensors["views.1"].Shape);
    }

    /// <summary>The second tensor begins in its storage where the first one ends in another storage.</summary>
    [Fact]
    public void Storages_are_read_one_after_another()
    {
        using var folder = new TemporaryFolder();
        var pickle = new PickleBytes().Tensor(2, 0, [1], [1], key: "0").Tensor(2, 1, [1], [1], key: "1").Op(PickleOpcode.Tuple2).Stop();
        PickleBytes.WriteZip(folder.File("two.pt"), pickle, more: [("archive/data/0", Bytes(1, 2)), ("archive/data/1", Bytes(3, 4))]);
        using var file = TensorFile.Open(folder.File("two.pt"));
        Assert.Equal((1f, 4f), (Assert.Single(Floats(file.Tensors["0"])), Assert.Single(Floats(file.Tensors["1"]))));

        static byte[] Bytes(params float[] numbers) => [.. numbers.SelectMany(BitConverter.GetBytes)];
    }

    [Fact]
    public void Truncated_archive_and_missing_data_are_described()
    {
        using var folder = new TemporaryFolder();
        using var whole = Open("zip.pt");
        File.WriteAllBytes(folder.File("short.pt"), File.ReadAllBytes(whole.Path)[..1000]);
        var error = Assert.Throws<TinySoraException>(() => TensorFile.Open(folder.File("short.pt")));
        Assert.Contains("it is a zip archive that is truncated or modified (", error.Message, StringComparison.Ordinal);

        // A pickle without an archive, whose tensor refers to a storage next to it.
        File.WriteAllBytes(folder.File("raw.pt"), new PickleBytes().Tensor(1, 0, [1], [1]).Stop());
        using var raw = TensorFile.Open(folder.File("raw.pt"));
        Assert.Contains("the data '0' is missing", Assert.Throws<TinySoraException>(() => raw.Tensors[""].Read()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void State_dict_yields_its_tensors_and_nothing_else(string name)
    {
        using var file = Open(name);
        Assert.Equal(
            ["lin.bias", "lin.weight", "norm.bias", "norm.num_batches_tracked", "norm.running_mean", "norm.running_var", "norm.weight"],
            file.Tensors.Keys.Where(k => k.StartsWith("model.", StringComparison.Ordinal)).Select(k => k[6..]).Order(StringComparer.Ordinal));
        Assert.Equal([0f, 0.25f, 0.5f, 0.75f, 1f, 1.25f], Floats(file.Tensors["model.lin.weight"]));
        Assert.Equal(ScalarType.Int64, file.Tensors["model.norm.num_batches_tracked"].Type);
    }

    [Fact]
    public void Tensor_is_copied_into_one_of_another_type()
    {
        using var file = Open("zip.pt");
        var target = zeros([4, 3], float64);

        file.Tensors["views.1"].CopyTo(target);

        Assert.Equal([0.0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11], target.data<double>().ToArray());
        Assert.Equal(ScalarType.BFloat16, file.Tensors["views.1"].As(bfloat16).Read().dtype);
    }

    private static ITensorFile Open(string name) => TensorFile.Open(Path.Combine(AppContext.BaseDirectory, "Golden", "PyTorch", name));

    private static float[] Floats(StoredTensor stored) => stored.As(float32).Read().contiguous().data<float>().ToArray();
}
