using System.Buffers.Binary;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats.Weights;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Formats.Weights;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Tensors_and_metadata_are_read_back()
    {
        using var scope = NewDisposeScope();
        var ramp = arange(6, ScalarType.Float32);
        (string, Tensor)[] tensors =
        [
            ("byte", tensor(new byte[] { 1, 255, 7 })),
            ("transposed", ramp.view(2, 3).t()),
            ("double", tensor(new[] { 0.1, -3.0 })),
            ("long", tensor(new[] { long.MinValue, 5L })),
            ("bfloat16", ramp.to(ScalarType.BFloat16)),
            ("flags", tensor(new[] { true, false })),
            ("scalar", tensor(2.5f)),
            ("empty", zeros([0, 4])),
        ];
        SafetensorsFile.Write(Path("a"), new Dictionary<string, string> { ["key"] = "größe\n\"1\"" }, tensors);

        using var file = SafetensorsFile.Open(Path("a"));
        Assert.Equal("größe\n\"1\"", file.Metadata["key"]);
        Assert.Equal(tensors.Length, file.Entries.Count);
        foreach (var (name, expected) in tensors)
        {
            var actual = file.Read(name);
            Assert.Equal(expected.dtype, actual.dtype);
            Assert.Equal(expected.shape, actual.shape);
            Assert.Equal(expected.contiguous().bytes.ToArray(), actual.bytes.ToArray());
        }
    }

    [Fact]
    public void Data_is_aligned_to_64_bytes_and_tensors_to_their_elements()
    {
        SafetensorsFile.Write(
            Path("a"), new Dictionary<string, string>(), [("odd", zeros([3], ScalarType.Byte)), ("wide", zeros([1], ScalarType.Float64))]);

        using var file = SafetensorsFile.Open(Path("a"));
        Assert.Equal(0, file.Entries["wide"].Begin % 8);
        Assert.Equal(0, (new FileInfo(Path("a")).Length - 8 - 3) % 64);
    }

    [Fact]
    public void Header_is_padded_only_to_the_next_multiple_of_64_bytes()
    {
        for (var length = 1; length <= 64; length++)
        {
            SafetensorsFile.Write(Path("a"), new Dictionary<string, string>(), [(new string('n', length), zeros([0]))]);
            var bytes = File.ReadAllBytes(Path("a"));
            Assert.Equal(0, bytes.Length % 64);
            Assert.InRange(bytes.Length - bytes.AsSpan().TrimEnd((byte)' ').Length, 0, 63);
        }
    }

    // Golden/reference.safetensors: tests/reference/safetensors_golden.py.
    [Fact]
    public void File_of_another_writer_is_read()
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(System.IO.Path.Combine("Golden", "reference.safetensors"));

        Assert.Equal("größe", file.Metadata["word"]);
        Assert.Equal([0f, 0.25f, 0.5f, 0.75f, 1f, 1.25f], file.Read("ramp").data<float>().ToArray());
        Assert.Equal([2L, 3], file.Read("ramp").shape);
        Assert.Equal([-1L, 1L << 40], file.Read("steps").data<long>().ToArray());
        Assert.Equal([true, false, true], file.Read("mask").data<bool>().ToArray());
        Assert.Equal([0.5f, -2f], file.Read("half").to(ScalarType.Float32).data<float>().ToArray());
        Assert.Equal([2.5], file.Read("scalar").data<double>().ToArray());
        Assert.Equal([0L, 4], file.Read("nothing").shape);
    }

    /// <summary>If the low byte of the length is 0x80, the file begins like a pickle; with a second byte, like a pickle of any protocol.</summary>
    [Fact]
    public void Header_may_have_any_length()
    {
        const string start = """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}""";
        foreach (var length in Enumerable.Range(start.Length + 1, 512).Concat([0x280, 0x380, 0x480, 0x580, 0x4780, 0x4788, 0x4B50, 0x010280]))
        {
            WriteRaw("foreign", length, start + new string(' ', length - start.Length - 1) + "}", 1);
            using var named = SafetensorsFile.Open(Path("foreign"));
            using var detected = TensorFile.Open(Path("foreign"));
            Assert.Equal("a", Assert.Single(named.Entries).Key);
            Assert.Equal("a", Assert.Single(detected.Tensors).Key);
            Assert.Empty(SafetensorsFile.ReadMetadata(Path("foreign")));
        }
    }

    [Fact]
    public void Tensor_is_copied_into_one_of_another_type()
    {
        using var scope = NewDisposeScope();
        SafetensorsFile.Write(Path("a"), new Dictionary<string, string>(), [("x", tensor(new[] { 1.5, -2.0 }))]);
        var target = zeros([2, 1]);

        using var file = SafetensorsFile.Open(Path("a"));
        file.CopyTo("x", target);

        Assert.Equal([1.5f, -2f], target.data<float>().ToArray());
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "TinySora.Checkpoint.Damaged")] // shape contradicts length
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "TinySora.Checkpoint.Damaged")] // a gap
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "TinySora.Checkpoint.Damaged")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "TinySora.Checkpoint.Damaged")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""", 1, "TinySora.Checkpoint.Damaged")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "TinySora.Checkpoint.Damaged")] // 2^64
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 5, "TinySora.Checkpoint.Damaged")] // bytes after the last
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}""", 1, "TinySora.Checkpoint.Damaged")]
    [InlineData("""{"a":{"dtype":"U8","shape":"1","data_offsets":[0,1]}}""", 1, "TinySora.Checkpoint.Damaged")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}""", 1, "TinySora.Checkpoint.Damaged")]
    [InlineData("""{"a":7}""", 0, "TinySora.Checkpoint.Damaged")]
    [InlineData("""{"a":""", 0, "TinySora.Checkpoint.Damaged")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "TinySora.Checkpoint.Damaged")]
    [InlineData("""{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}""", 8, "TinySora.Checkpoint.UnsupportedType")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}""", 5, "TinySora.Checkpoint.Truncated")]
    [InlineData("""[1,2]""", 0, "TinySora.Checkpoint.NotSafetensors")]
    public void Bad_header_is_refused(string json, int dataLength, string id)
    {
        WriteRaw("bad", Encoding.UTF8.GetByteCount(json), json, dataLength);
        AssertRefused("bad", id);
    }

    /// <summary>The message says which tensor is damaged and how.</summary>
    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,4]}}""", 4, "'a' of type F32 and shape [2, 3] cannot have the data offsets 0 to 4")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-1,-2],"data_offsets":[0,2]}}""", 2, "shape [-1, -2]")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[-1,1]}}""", 1, "offsets -1 to 1")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-1],"data_offsets":[1,0]}}""", 1, "offsets 1 to 0")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}""", 3, "tensor 'a' begins at 2 instead of 0")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", 5, "2 bytes follow its last tensor")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "'a' is listed twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1]}}""", 1, "'a' has no dtype, shape or data_offsets")]
    [InlineData("""{"a":{"dtype":null,"shape":[1],"data_offsets":[0,1]}}""", 1, "'a' has the element type ''")]
    [InlineData("""{"a":[]}""", 0, "not the JSON object that the format requires")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":1}}}}}}}}}}""", 1, "not the JSON object")]
    public void Damage_is_described(string json, int dataLength, string reason)
    {
        WriteRaw("bad", Encoding.UTF8.GetByteCount(json), json, dataLength);
        var error = Assert.Throws<TinySoraException>(() => SafetensorsFile.Open(Path("bad")).Dispose());
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "it has only 0 bytes")]
    [InlineData("{}", "it has only 2 bytes")]
    [InlineData("12345678{", "it does not begin with a header length and a header")]
    [InlineData("GIF89a and so on", "it does not begin with a header length and a header")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a Git LFS pointer; the file itself has not been fetched")]
    public void Other_content_is_described(string content, string reason)
    {
        File.WriteAllText(Path("other"), content);
        Assert.Contains(reason, AssertRefused("other", "TinySora.Checkpoint.NotSafetensors").Message, StringComparison.Ordinal);
        Assert.False(SafetensorsFile.IsOne(Path("other")));
    }

    [Fact]
    public void Metadata_may_be_null_and_the_header_may_be_the_whole_file()
    {
        File.WriteAllBytes(Path("b"), [27, 0, 0, 0, 0, 0, 0, 0, .. """{"__metadata__":{"a":null}}"""u8]);
        Assert.Equal("", SafetensorsFile.ReadMetadata(Path("b"))["a"]);
        Assert.True(SafetensorsFile.IsOne(Path("b")));
        File.WriteAllBytes(Path("c"), [28, 0, 0, 0, 0, 0, 0, 0, .. """{"__metadata__":{"a":null}}"""u8]);
        Assert.False(SafetensorsFile.IsOne(Path("c")));
    }

    [Fact]
    public void Cancelled_write_leaves_no_file()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => SafetensorsFile.Write(
            Path("a"), new Dictionary<string, string>(), [("x", zeros([1]))], cancellationToken: stop.Token));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    /// <summary>Overwriting a file while it is being loaded would mix tensors from two models.</summary>
    [Fact]
    public void File_that_changes_while_it_is_open_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not let another program write to an open file.");
        SafetensorsFile.Write(Path("a"), new Dictionary<string, string>(), [("x", ones([4]))]);
        using var file = SafetensorsFile.Open(Path("a"));
        File.SetLastWriteTimeUtc(Path("a"), DateTime.UtcNow.AddMinutes(1));
        Assert.Equal("TinySora.Checkpoint.Changed", Assert.Throws<TinySoraException>(() => file.Read("x")).Id);
    }

    [Theory]
    [InlineData(50, "TinySora.Checkpoint.Truncated")] // longer than the file
    [InlineData(0x4780, "TinySora.Checkpoint.Truncated")] // also a possible beginning of a pickle
    [InlineData(long.MaxValue, "TinySora.Checkpoint.NotSafetensors")]
    [InlineData(0x4780L << 32 | 0x80, "TinySora.Checkpoint.NotSafetensors")]
    [InlineData(-1, "TinySora.Checkpoint.NotSafetensors")]
    [InlineData(100_000_001, "TinySora.Checkpoint.NotSafetensors")]
    public void Impossible_header_length_is_refused(long length, string id)
    {
        WriteRaw("bad", length, "{}", 0);
        AssertRefused("bad", id);
    }

    [Fact]
    public void Empty_missing_and_foreign_files_are_refused()
    {
        File.WriteAllText(Path("empty"), "");
        File.WriteAllText(Path("foreign"), "GIF89a and so on, a picture");

        AssertRefused("empty", "TinySora.Checkpoint.NotSafetensors");
        AssertRefused("foreign", "TinySora.Checkpoint.NotSafetensors");
        File.WriteAllText(Path("archive"), "PK\u0003\u0004 and so on, as torch.save begins");
        File.WriteAllBytes(Path("pickle"), [0x80, 2, .. "(dp0, as it began until 2020"u8]);
        Assert.Contains("Import-TinySoraCheckpoint", AssertRefused("archive", "TinySora.Checkpoint.IsPyTorch").Advice, StringComparison.Ordinal);
        AssertRefused("pickle", "TinySora.Checkpoint.IsPyTorch");
        File.WriteAllBytes(Path("named"), [0x80, 2, .. "}q\0.{"u8, 0, 0]);
        AssertRefused("named", "TinySora.Checkpoint.IsPyTorch");
        AssertRefused("missing", "TinySora.Checkpoint.CannotRead");
    }

    [Fact]
    public void Truncated_file_is_refused_with_its_expected_length()
    {
        SafetensorsFile.Write(Path("a"), new Dictionary<string, string>(), [("x", zeros([100]))]);
        var length = new FileInfo(Path("a")).Length;
        using (var stream = File.OpenWrite(Path("a")))
        {
            stream.SetLength(length - 1);
        }

        var error = AssertRefused("a", "TinySora.Checkpoint.Truncated");
        Assert.Contains($"{length - 1} bytes", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{length}.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_tensor_is_named()
    {
        SafetensorsFile.Write(Path("a"), new Dictionary<string, string>(), [("x", zeros([1]))]);
        using var file = SafetensorsFile.Open(Path("a"));

        var error = Assert.Throws<TinySoraException>(() => file.Read("y"));

        Assert.Equal("TinySora.Checkpoint.MissingTensor", error.Id);
        Assert.Contains("'y'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Failed_write_keeps_the_old_checkpoint_and_is_reported()
    {
        SafetensorsFile.Write(Path("a"), new Dictionary<string, string> { ["step"] = "1" }, [("x", zeros([8]))]);
        Directory.CreateDirectory(Path("a") + AtomicFile.PartialSuffix);

        var error = Assert.Throws<TinySoraException>(() => SafetensorsFile.Write(
            Path("a"), new Dictionary<string, string> { ["step"] = "2" }, [("x", zeros([1 << 20]))]));

        Assert.Equal("TinySora.Checkpoint.CannotWrite", error.Id);
        Assert.Equal(ErrorKind.WriteError, error.Kind);
        Assert.Equal("1", SafetensorsFile.ReadMetadata(Path("a"))["step"]);
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    private string Path(string name) => folder.File(name);

    private TinySoraException AssertRefused(string name, string id)
    {
        var error = Assert.Throws<TinySoraException>(() => SafetensorsFile.Open(Path(name)).Dispose());
        Assert.Equal(id, error.Id);
        Assert.Contains(Path(name), error.Message, StringComparison.Ordinal);
        Assert.Equal(id, Assert.Throws<TinySoraException>(() => SafetensorsFile.ReadMetadata(Path(name))).Id);
        return error;
    }

    private void WriteRaw(string name, long headerLength, string header, int dataLength)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, headerLength);
        File.WriteAllBytes(Path(name), [.. length, .. Encoding.UTF8.GetBytes(header), .. new byte[dataLength]]);
    }
}
