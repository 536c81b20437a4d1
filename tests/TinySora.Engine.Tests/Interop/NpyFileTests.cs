using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Interop;

/// <summary>On files that numpy wrote: tests/reference/npy_golden.py.</summary>
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
    public void Numbers_of_every_type_are_read(string name, ScalarType type)
    {
        var array = NpyFile.Read(Golden(name));
        Assert.Equal(type, array.dtype);
        Assert.Equal([0f, 1, 2, 3, 4, 5], array.to(ScalarType.Float32).data<float>().ToArray());
    }

    [Fact]
    public void Booleans_vectors_single_numbers_and_empty_arrays_are_read()
    {
        Assert.Equal([false, true, true, true, true, true], NpyFile.Read(Golden("b1")).data<bool>().ToArray());
        Assert.Equal([0.25f, -1, 3], NpyFile.Read(Golden("vector")).data<float>().ToArray());
        Assert.Equal((0, 2.5f), (NpyFile.Read(Golden("scalar")).shape.Length, NpyFile.Read(Golden("scalar")).item<float>()));
        Assert.Equal([0, 4], NpyFile.Read(Golden("empty")).shape);
    }

    [Theory]
    [InlineData("fortran", "Fortran")]
    [InlineData("big_endian", ">f4")]
    [InlineData("object", "|O")]
    [InlineData("fields", "dictionary")]
    public void What_is_no_plain_array_is_refused_by_name(string name, string found)
    {
        var error = Assert.Throws<TinySoraException>(() => NpyFile.Read(Golden(name)));
        Assert.Equal("TinySora.Data.NpyUnreadable", error.Id);
        Assert.Contains($"{name}.npy", error.Message, StringComparison.Ordinal);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(2, 3)", "(2, 4)")]
    [InlineData("(2, 3)", "(2, 2)")]
    [InlineData("(2, 3)", "(4611686018427387904, 4)")]
    [InlineData("(2, 3)", "(99999999999999999999,)")]
    [InlineData("(2, 3)", "(-2, -3)")]
    [InlineData("'descr'", "'deskr'")]
    [InlineData("NUMPY", "NUMPI")]
    public void Damaged_headers_are_refused(string right, string wrong)
    {
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(Golden("version1")));
        var changed = text.Replace(right, wrong, StringComparison.Ordinal);
        // The header keeps its length: the padding takes up the difference.
        var end = changed.IndexOf('\n');
        changed = changed[..end].TrimEnd().PadRight(text.IndexOf('\n')) + changed[end..];
        File.WriteAllBytes(folder.File("a.npy"), Encoding.Latin1.GetBytes(changed));
        Assert.Equal("TinySora.Data.NpyUnreadable", Assert.Throws<TinySoraException>(() => NpyFile.Read(folder.File("a.npy"))).Id);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
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

    private static string Golden(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", "Npy", $"{name}.npy");
}
