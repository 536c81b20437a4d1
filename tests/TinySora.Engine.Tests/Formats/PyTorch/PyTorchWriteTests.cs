using System.IO.Compression;
using System.IO.Hashing;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Formats.PyTorch;

public sealed class PyTorchWriteTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    private string Target => folder.File("a.pt");

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Written_file_is_read_back()
    {
        (string Name, Tensor Tensor)[] tensors =
        [
            ("float", arange(6, float32).view(2, 3)), ("half", tensor(new[] { 0.5f, -2f }).to(float16)), ("bfloat", ones([2]).to(bfloat16)),
            ("double", tensor(0.1)), ("long", tensor(new[] { long.MinValue, 5L })), ("int", ones([2], int32)), ("short", ones([2], int16)),
            ("signed", ones([2], int8)), ("byte", tensor(new byte[] { 1, 255, 7 })), ("flags", tensor(new[] { true, false })),
            ("turned", arange(6, float32).view(2, 3).t()), ("empty", zeros([0, 4])),
        ];
        PyTorchFile.Write(Target, new Dictionary<string, object>
        {
            ["step"] = 3, ["large"] = long.MinValue, ["rate"] = 0.1, ["flag"] = false, ["on"] = true, ["text"] = "größe\n", ["scaler"] = new Dictionary<string, object>(),
            ["model"] = tensors.ToDictionary(t => t.Name, t => (object)new StoredTensor(t.Tensor.dtype, t.Tensor.shape, t.Tensor.clone)),
        });

        using var file = PyTorchFile.Open(Target);
        Assert.Equal(
            new Dictionary<string, string> { ["step"] = "3", ["large"] = "-9223372036854775808", ["rate"] = "0.1", ["flag"] = "false", ["on"] = "true", ["text"] = "größe\n" },
            file.Metadata);
        Assert.Equal(tensors.Length, file.Tensors.Count);
        foreach (var (name, expected) in tensors)
        {
            var actual = file.Tensors["model." + name].Read();
            Assert.Equal(expected.dtype, actual.dtype);
            Assert.Equal(expected.shape, actual.shape);
            Assert.Equal(expected.contiguous().bytes.ToArray(), actual.bytes.ToArray());
        }
    }

    /// <summary>Protocol 2 of Python's pickle format. PyTorch requires all six arguments: storage, offset, shape, strides, requires_grad, and hooks.</summary>
    [Fact]
    public void Tensor_is_written_as_a_call_with_the_arguments_that_PyTorch_requires()
    {
        PyTorchFile.Write(Target, new Dictionary<string, object> { ["a"] = Stored(zeros([2, 3])) });
        using var archive = ZipFile.OpenRead(Target);
        using var pickle = new MemoryStream();
        using (var stream = archive.GetEntry("archive/data.pkl")!.Open())
        {
            stream.CopyTo(pickle);
        }

        byte[] expected =
        [
            0x80, 2, .. "}(X"u8, 1, 0, 0, 0, .. "actorch._utils\n_rebuild_tensor_v2\n(("u8, .. Text("storage"), .. "ctorch\nFloatStorage\n"u8,
            .. Text("0"), .. Text("cpu"), .. Int(6), .. "tQ"u8, .. Int(0), .. "("u8, .. Int(2), .. Int(3), .. "t("u8, .. Int(3), .. Int(1), .. "t"u8,
            0x89, .. "ccollections\nOrderedDict\n)RtRu."u8,
        ];
        Assert.Equal(expected, pickle.ToArray());

        static byte[] Int(int number) => [(byte)'J', .. BitConverter.GetBytes(number)];

        static byte[] Text(string text) => [(byte)'X', .. BitConverter.GetBytes(text.Length), .. System.Text.Encoding.ASCII.GetBytes(text)];
    }

    [Theory]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue - 1L)]
    [InlineData(int.MaxValue + 1L)]
    public void Integers_are_written_in_32_or_64_bits(long number)
    {
        PyTorchFile.Write(Target, new Dictionary<string, object> { ["n"] = number });
        using var file = PyTorchFile.Open(Target);
        Assert.Equal($"{number}", file.Metadata["n"]);
    }

    [Fact]
    public void Settings_of_published_code_are_written_as_its_objects()
    {
        PyTorchFile.Write(Target, new Dictionary<string, object>
        {
            ["args"] = new PythonNamespace(new Dictionary<string, object> { ["lr"] = 0.5, ["name"] = "x" }),
            ["sizes"] = new[] { 3, -4 }, ["nothing"] = DBNull.Value,
        });
        using var file = PyTorchFile.Open(Target);
        Assert.Equal(
            ["args.lr=0.5", "args.name=x", "sizes.0=3", "sizes.1=-4"], file.Metadata.Select(item => $"{item.Key}={item.Value}").Order(StringComparer.Ordinal));
        using var archive = ZipFile.OpenRead(Target);
        Assert.Equal(["archive/data.pkl", "archive/byteorder", "archive/version"], archive.Entries.Select(entry => entry.FullName));
    }

    [Fact]
    public void Canceled_write_leaves_no_file()
    {
        var content = new Dictionary<string, object> { ["a"] = Stored(ones([3])) };
        Assert.Throws<OperationCanceledException>(() => PyTorchFile.Write(Target, content, cancellationToken: new(canceled: true)));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Existing_file_is_kept_on_request()
    {
        PyTorchFile.Write(Target, new Dictionary<string, object> { ["step"] = 1 });
        Assert.Throws<TinySoraException>(() => PyTorchFile.Write(Target, new Dictionary<string, object> { ["step"] = 2 }, overwrite: false));
        using var file = PyTorchFile.Open(Target);
        Assert.Equal("1", file.Metadata["step"]);
    }

    /// <summary>Other programs check the checksums. The fixed time makes equal files for equal weights.</summary>
    [Fact]
    public void Entries_have_their_checksums_and_the_time_1980()
    {
        PyTorchFile.Write(Target, new Dictionary<string, object> { ["a"] = Stored(arange(5, float32)), ["b"] = Stored(ones([300])) });
        using var archive = ZipFile.OpenRead(Target);
        Assert.Equal(5, archive.Entries.Count);
        foreach (var entry in archive.Entries)
        {
            using var content = new MemoryStream();
            using (var stream = entry.Open())
            {
                stream.CopyTo(content);
            }

            Assert.Equal(Crc32.HashToUInt32(content.ToArray()), entry.Crc32);
            Assert.Equal((content.Length, new DateTime(1980, 1, 1)), (entry.CompressedLength, entry.LastWriteTime.DateTime));
        }
    }

    // As in torch.save, so that readers can map the file.
    [Fact]
    public void Data_is_aligned_to_64_bytes()
    {
        PyTorchFile.Write(Target, new Dictionary<string, object>
        {
            ["a"] = Stored(full([3], 7, uint8)), ["b"] = Stored(full([5], 8, uint8)),
        });

        var bytes = File.ReadAllBytes(Target);
        Assert.Equal(0, bytes.AsSpan().IndexOf(new byte[] { 7, 7, 7 }) % 64);
        Assert.Equal(0, bytes.AsSpan().IndexOf(new byte[] { 8, 8, 8, 8, 8 }) % 64);
    }

    [Fact]
    public void File_is_recognized_by_its_content_whatever_its_name()
    {
        var path = folder.File("a.safetensors");
        PyTorchFile.Write(path, new Dictionary<string, object> { ["a"] = Stored(ones([3])) });
        using var file = TensorFile.Open(path);
        Assert.Equal(["a"], file.Tensors.Keys);
    }

    [Fact]
    public void Equal_content_makes_equal_files()
    {
        var content = new Dictionary<string, object> { ["a"] = Stored(ones([3])) };
        PyTorchFile.Write(Target, content);
        PyTorchFile.Write(folder.File("b.pt"), content);
        Assert.Equal(File.ReadAllBytes(Target), File.ReadAllBytes(folder.File("b.pt")));
    }

    // Fields for archives beyond 4 GiB, tested on a small one by pretending that 100 exceeds 32 bits.
    [Fact]
    public void Zip64_fields_are_readable_by_other_programs()
    {
        var large = Enumerable.Range(0, 300).Select(i => (byte)i).ToArray();
        using (var stream = File.Create(Target))
        {
            var writer = new AlignedZipWriter(stream, zip64From: 100);
            writer.Add("a/small", 2, sink => sink("ab"u8));
            writer.Add("a/large", large.Length, sink => sink(large));
            writer.Finish();
        }

        using var archive = ZipFile.OpenRead(Target);
        Assert.Equal([2L, 300], archive.Entries.Select(e => e.Length));
        using var content = archive.GetEntry("a/large")!.Open();
        var read = new byte[300];
        content.ReadExactly(read);
        Assert.Equal(large, read);
    }

    /// <summary>Offsets from APPNOTE 4.3.7, 4.3.14 and 4.3.16. .NET reads only the directory, but other programs check the local headers.</summary>
    [Fact]
    public void Local_headers_and_the_end_of_the_archive_have_the_numbers_of_the_directory()
    {
        byte[] large = [.. Enumerable.Range(0, 300).Select(i => (byte)(i % 199))];
        using var stream = new MemoryStream();
        var writer = new AlignedZipWriter(stream, zip64From: 300);
        writer.Add("a/small", 2, sink => sink("ab"u8));
        writer.Add("a/large", large.Length, sink => sink(large));
        writer.Finish();
        var bytes = stream.ToArray();

        Assert.Equal((20, Crc32.HashToUInt32("ab"u8), 2u, 2u), Header(0));
        Assert.Equal((45, Crc32.HashToUInt32(large), uint.MaxValue, uint.MaxValue), Header(bytes.AsSpan().LastIndexOf("PK\x03\x04"u8)));
        Assert.Equal((0, 0), (bytes.AsSpan().IndexOf("ab"u8) % 64, bytes.AsSpan().IndexOf(large) % 64));
        var (directory, end, shortEnd) = (bytes.AsSpan().IndexOf("PK\x01\x02"u8), bytes.AsSpan().IndexOf("PK\x06\x06"u8), bytes.AsSpan().IndexOf("PK\x05\x06"u8));
        Assert.Equal((end - directory, directory), (BitConverter.ToInt64(bytes, end + 40), BitConverter.ToInt64(bytes, end + 48)));
        Assert.Equal(((uint)(end - directory), uint.MaxValue), (BitConverter.ToUInt32(bytes, shortEnd + 12), BitConverter.ToUInt32(bytes, shortEnd + 16)));

        (int Version, uint Checksum, uint Packed, uint Length) Header(int start) => (BitConverter.ToUInt16(bytes, start + 4),
            BitConverter.ToUInt32(bytes, start + 14), BitConverter.ToUInt32(bytes, start + 18), BitConverter.ToUInt32(bytes, start + 22));
    }

    [Fact]
    public void Unsupported_values_are_not_written()
    {
        var error = Assert.Throws<ArgumentException>(() => PyTorchFile.Write(Target, new Dictionary<string, object> { ["a"] = DateTime.Now }));
        Assert.Contains("A DateTime cannot be written", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Failed_write_keeps_the_old_file_and_is_reported()
    {
        PyTorchFile.Write(Target, new Dictionary<string, object> { ["step"] = 1 });
        Directory.CreateDirectory(Target + AtomicFile.PartialSuffix); // blocks the temporary file

        var error = Assert.Throws<TinySoraException>(() => PyTorchFile.Write(Target, new Dictionary<string, object> { ["step"] = 2 }));

        Assert.Equal("TinySora.Checkpoint.CannotWrite", error.Id);
        using var file = PyTorchFile.Open(Target);
        Assert.Equal("1", file.Metadata["step"]);
    }

    private static StoredTensor Stored(Tensor tensor) => new(tensor.dtype, tensor.shape, tensor.clone);
}
