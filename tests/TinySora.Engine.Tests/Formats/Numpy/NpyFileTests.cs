using System.Runtime.InteropServices;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats.Numpy;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Formats.Numpy;

/// <summary>Uses files that numpy wrote: tests/reference/npy_golden.py.</summary>
public sealed class NpyFileTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("version1")]
    [InlineData("version2")]
    [InlineData("version3")]
    public void Every_version_of_the_format_is_read(string name)
    {
        var array = NpyFile.Read(Golden(name));
        Assert.Equal([2, 3], array.shape);
        Assert.Equal(ScalarType.Float32, array.dtype);
        Assert.Equal([-0.5f, -0.25f, 0, 0.25f, 0.5f, 0.75f], array.data<float>().ToArray());
    }

    [Theory]
    [InlineData("f8", ScalarType.Float64)]
    [InlineData("f2", ScalarType.Float16)]
    [InlineData("i8", ScalarType.Int64)]
    [InlineData("i4", ScalarType.Int32)]
    [InlineData("i2", ScalarType.Int16)]
    [InlineData("i1", ScalarType.Int8)]
    [InlineData("u1", ScalarType.Byte)]
    [InlineData("u2", ScalarType.Int32)]
    [InlineData("u4", ScalarType.Int64)]
    [InlineData("u8", ScalarType.Int64)]
    [InlineData("big_i2", ScalarType.Int16)]
    [InlineData("big_u4", ScalarType.Int64)]
    [InlineData("big_f8", ScalarType.Float64)]
    public void Numbers_of_every_type_are_read(string name, ScalarType type)
    {
        var array = NpyFile.Read(Golden(name));
        Assert.Equal(type, array.dtype);
        Assert.Equal([0f, 1, 2, 3, 4, 5], array.to(ScalarType.Float32).data<float>().ToArray());
    }

    [Fact]
    public void Booleans_vectors_scalars_and_empty_arrays_are_read()
    {
        Assert.Equal([false, true, true, true, true, true], NpyFile.Read(Golden("b1")).data<bool>().ToArray());
        Assert.Equal([0.25f, -1, 3], NpyFile.Read(Golden("vector")).data<float>().ToArray());
        Assert.Equal((0, 2.5f), (NpyFile.Read(Golden("scalar")).shape.Length, NpyFile.Read(Golden("scalar")).item<float>()));
        Assert.Equal([0, 4], NpyFile.Read(Golden("empty")).shape);
    }

    [Theory]
    [InlineData("fortran")]
    [InlineData("big_endian")]
    [InlineData("big_fortran")]
    public void Other_axis_and_byte_orders_give_the_same_array(string name)
    {
        var array = NpyFile.Read(Golden(name));
        Assert.Equal([2, 3], array.shape);
        Assert.Equal([-0.5f, -0.25f, 0, 0.25f, 0.5f, 0.75f], array.data<float>().ToArray());
    }

    [Fact]
    public void Complex_numbers_are_read_in_either_byte_order()
    {
        foreach (var name in new[] { "c8", "big_c16" })
        {
            var array = NpyFile.Read(Golden(name));
            Assert.Equal(name == "c8" ? ScalarType.ComplexFloat32 : ScalarType.ComplexFloat64, array.dtype);
            Assert.Equal([1, -2, 0.5, 4], Parts(array));
        }

        static double[] Parts(Tensor array) => array.dtype == ScalarType.ComplexFloat32
            ? [.. MemoryMarshal.Cast<byte, float>(array.bytes).ToArray().Select(x => (double)x)]
            : MemoryMarshal.Cast<byte, double>(array.bytes).ToArray();
    }

    [Theory]
    [InlineData("object", "|O")]
    [InlineData("half_text", "<U3")]
    [InlineData("too_large", "18446744073709551615")]
    [InlineData("fields", "dictionary")]
    public void Unsupported_content_is_refused_by_name(string name, string found)
    {
        var error = Assert.Throws<TinySoraException>(() => NpyFile.Read(Golden(name)));
        Assert.Equal("TinySora.Data.NpyUnreadable", error.Id);
        Assert.Contains($"{name}.npy", error.Message, StringComparison.Ordinal);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(2, 3)", "(2, 4)", "the shape (2, 4) requires 32 bytes, but 24 follow the header")]
    [InlineData("(2, 3)", "(2, 2)", "the shape (2, 2) requires 16 bytes, but 24 follow the header")]
    [InlineData("(2, 3)", "(4611686018427387904, 4)", "requires 9223372036854775807 bytes")]
    [InlineData("(2, 3)", "(99999999999999999999,)", "the invalid length 99999999999999999999")]
    [InlineData("(2, 3)", "(-2, -3)", "not the dictionary")]
    [InlineData("'descr'", "'deskr'", "not the dictionary")]
    [InlineData("'fortran_order': False, ", "", "not the dictionary")]
    [InlineData("'descr': '<f4'", "'descr': '<f4', 'descr': '<f4'", "not the dictionary")]
    [InlineData("'<f4'", "'!f4'", "its type is !f4; expected <, > or | followed by one of f2 f4")]
    [InlineData("'<f4'", "'<f3'", "its type is <f3")]
    [InlineData("'<f4'", "'f'", "not the dictionary")]
    [InlineData("NUMPY", "NUMPI", "does not begin like a NumPy file")]
    [InlineData("\u0093NUMPY", "\u0094NUMPY", "does not begin like a NumPy file")]
    [InlineData("NUMPY\u0001", "NUMPY\u0000", "format version 0")]
    public void Damaged_headers_are_refused(string right, string wrong, string reason)
    {
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(Golden("version1")));
        Assert.Contains(right, text, StringComparison.Ordinal);
        var changed = text.Replace(right, wrong, StringComparison.Ordinal);
        // The header keeps its length: the padding makes up for the difference.
        var end = changed.IndexOf('\n');
        changed = changed[..end].TrimEnd().PadRight(text.IndexOf('\n')) + changed[end..];
        File.WriteAllBytes(folder.File("a.npy"), Encoding.Latin1.GetBytes(changed));
        var error = Assert.Throws<TinySoraException>(() => NpyFile.Read(folder.File("a.npy")));
        Assert.Equal("TinySora.Data.NpyUnreadable", error.Id);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    /// <summary>The format requires readers not to depend on the order of the keys. The last header is from Python 2.</summary>
    [Theory]
    [InlineData("{\"shape\": (2, 3), \"fortran_order\": True, \"descr\": \"<i2\"}")]
    [InlineData("{'fortran_order':True,'descr':'<i2','shape':(2,3)}")]
    [InlineData("{ 'descr' : '<i2' , 'shape' : ( 2L, 3L, ) , 'fortran_order' : True , }")]
    public void Header_is_read_in_any_spelling(string header)
    {
        File.WriteAllBytes(
            folder.File("a.npy"), [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), 0, 0, 3, 0, 1, 0, 4, 0, 2, 0, 5, 0]);
        var array = NpyFile.Read(folder.File("a.npy"));
        Assert.Equal([2, 3], array.shape);
        Assert.Equal([0, 1, 2, 3, 4, 5], array.data<short>().ToArray());
    }

    /// <summary>Versions 2 and 3 have headers of any length; as in NumPy, at most 10 000 bytes are accepted.</summary>
    [Theory]
    [InlineData(2, 10_000, true)]
    [InlineData(3, 10_000, true)]
    [InlineData(2, 10_001, false)]
    [InlineData(4, 100, false)]
    public void Header_has_a_maximum_length_and_a_known_version(byte version, int length, bool isRead)
    {
        var header = "{'descr': '<i2', 'fortran_order': False, 'shape': (1,), }".PadRight(length - 1) + '\n';
        File.WriteAllBytes(folder.File("a.npy"), [0x93, .. "NUMPY"u8, version, 0, .. BitConverter.GetBytes(length), .. Encoding.ASCII.GetBytes(header), 7, 0]);
        if (isRead)
        {
            Assert.Equal(7, NpyFile.Read(folder.File("a.npy")).data<short>()[0]);
            using var array = NpyArray.Open(folder.File("a.npy"));
            Assert.Equal(7, array.Read(0, 1).data<short>()[0]);
        }
        else
        {
            var error = Assert.Throws<TinySoraException>(() => NpyFile.Read(folder.File("a.npy")));
            Assert.Contains($"format version {version} or its header length of {length} bytes is not supported", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void File_truncated_anywhere_is_refused()
    {
        var whole = File.ReadAllBytes(Golden("version2"));
        for (var length = 0; length < whole.Length; length += 5)
        {
            File.WriteAllBytes(folder.File("a.npy"), whole[..length]);
            Assert.Equal("TinySora.Data.NpyUnreadable", Assert.Throws<TinySoraException>(() => NpyFile.Read(folder.File("a.npy"))).Id);
        }

        byte[] longHeader = [0x93, .. "NUMPY"u8, 2, 0, 0xff, 0xff, 0xff, 0x7f];
        File.WriteAllBytes(folder.File("a.npy"), longHeader);
        Assert.Contains("2147483647", Assert.Throws<TinySoraException>(() => NpyFile.Read(folder.File("a.npy"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version1")]
    [InlineData("f8")]
    [InlineData("i2")]
    [InlineData("b1")]
    [InlineData("c8")]
    [InlineData("vector")]
    [InlineData("scalar")]
    [InlineData("empty")]
    public void Written_files_match_numpy_byte_by_byte(string name)
    {
        NpyFile.Write(folder.File("a.npy"), NpyFile.Read(Golden(name)));
        Assert.Equal(File.ReadAllBytes(Golden(name)), File.ReadAllBytes(folder.File("a.npy")));
    }

    [Fact]
    public void Arrays_are_written_in_row_major_order_and_bfloat16_as_float32()
    {
        NpyFile.Write(folder.File("a.npy"), arange(6, ScalarType.Float32).view(2, 3).transpose(0, 1).to(ScalarType.BFloat16));
        var array = NpyFile.Read(folder.File("a.npy"));
        Assert.Equal(ScalarType.Float32, array.dtype);
        Assert.Equal([0f, 3, 1, 4, 2, 5], array.data<float>().ToArray());
        Assert.Equal(
            "TinySora.Data.NpyUnwritable",
            Assert.Throws<TinySoraException>(() => NpyFile.Write(folder.File("missing", "a.npy"), array)).Id);
    }

    [Fact]
    public void Entries_of_an_open_file_are_read_individually()
    {
        using (var array = NpyArray.Open(Golden("big_endian")))
        {
            Assert.Equal((ScalarType.Float32, 2, 3), (array.Type, array.Shape[0], array.Shape[1]));
            Assert.Equal([0.25f, 0.5f, 0.75f], array.Read(1, 1).data<float>().ToArray());
            Assert.Equal([2, 3], array.Read(0, 2).shape);
            Assert.Equal([0, 3], array.Read(2, 0).shape);
            Assert.Throws<ArgumentOutOfRangeException>(() => array.Read(1, 2));
            Assert.Throws<ArgumentOutOfRangeException>(() => array.Read(-1, 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => array.Read(1, -1));
        }

        using (var empty = NpyArray.Open(Golden("empty")))
        {
            Assert.Equal([0, 4], empty.Read(0, 0).shape);
        }

        foreach (var (name, reason) in new[] { ("fortran", "Fortran order"), ("scalar", "a single number"), ("object", "its type is |O") })
        {
            var error = Assert.Throws<TinySoraException>(() => NpyArray.Open(Golden(name)));
            Assert.Equal("TinySora.Data.NpyUnreadable", error.Id);
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Entries_are_added_one_by_one_and_the_file_appears_with_the_last()
    {
        using (var writer = NpyWriter.Create(folder.File("a.npy"), ScalarType.Int64, 2))
        {
            writer.Add(tensor(new long[] { 1, 2 }).view(1, 2));
            writer.Add(tensor(new long[] { 3, 4, 5, 6 }).view(2, 2));
            Assert.Throws<ArgumentException>(() => writer.Add(zeros([1, 2])));
            Assert.False(File.Exists(folder.File("a.npy")));
            writer.Complete();
        }

        using (var array = NpyArray.Open(folder.File("a.npy")))
        {
            Assert.Equal([3, 2], array.Shape);
            Assert.Equal([3L, 4], array.Read(1, 1).data<long>().ToArray());
        }

        Assert.Equal([1L, 2, 3, 4, 5, 6], NpyFile.Read(folder.File("a.npy")).data<long>().ToArray());
        NpyWriter.Create(folder.File("b.npy"), ScalarType.Int64).Dispose();
        Assert.Equal([folder.File("a.npy")], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Entries_of_another_type_or_shape_are_refused_and_do_not_count()
    {
        using var writer = NpyWriter.Create(folder.File("a.npy"), ScalarType.Float32, 2, 3);
        foreach (var wrong in new[] { zeros([1, 2, 3], ScalarType.Int64), zeros([1, 3, 2]), zeros([2, 3]), zeros([]) })
        {
            var error = Assert.Throws<ArgumentException>(() => writer.Add(wrong));
            Assert.Contains("requires Float32 (n, 2, 3), not ", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, writer.Count);
        writer.Add(ones([4, 2, 3]));
        Assert.Equal(4, writer.Count);
    }

    [Fact]
    public void Arrays_have_at_most_eight_axes_and_a_type_that_NumPy_has()
    {
        NpyWriter.Create(folder.File("a.npy"), ScalarType.Int8, 1, 1, 1, 1, 1, 1, 1).Dispose();
        Assert.Throws<ArgumentOutOfRangeException>(() => NpyWriter.Create(folder.File("a.npy"), ScalarType.Int8, 1, 1, 1, 1, 1, 1, 1, 1));
        Assert.Contains("BFloat16", Assert.Throws<ArgumentException>(() => NpyWriter.Create(folder.File("a.npy"), ScalarType.BFloat16)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Existing_file_is_replaced_only_on_request()
    {
        File.WriteAllText(folder.File("a.npy"), "mine");
        using (var writer = NpyWriter.Create(folder.File("a.npy"), ScalarType.Int8))
        {
            Assert.Throws<TinySoraException>(() => writer.Complete(overwrite: false));
        }

        Assert.Equal("mine", File.ReadAllText(folder.File("a.npy")));
        using (var writer = NpyWriter.Create(folder.File("a.npy"), ScalarType.Int8))
        {
            writer.Complete();
        }

        Assert.Equal([0], NpyFile.Read(folder.File("a.npy")).shape);
        Assert.Equal(256, new FileInfo(folder.File("a.npy")).Length);
    }

    [Fact]
    public void Failed_write_is_one_clear_error()
    {
        Directory.CreateDirectory(folder.File("full.npy" + AtomicFile.PartialSuffix));
        Assert.Equal(
            "TinySora.Data.NpyUnwritable", Assert.Throws<TinySoraException>(() => NpyWriter.Create(folder.File("full.npy"), ScalarType.Int64, 2)).Id);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private static string Golden(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", "Npy", $"{name}.npy");
}
