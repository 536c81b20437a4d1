using System.Buffers.Binary;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Interop;

/// <summary>On files that numpy wrote: tests/reference/npy_golden.py.</summary>
public sealed class NpzFileTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("stored")]
    [InlineData("deflated")]
    public void Stored_and_deflated_arrays_are_read_by_name(string name)
    {
        using var file = NpzFile.Open(Golden(name));
        Assert.Equal(["latents", "labels"], file.Names);
        Assert.Equal([2, 3], file.Read("latents").shape);
        Assert.Equal([-0.5f, -0.25f, 0, 0.25f, 0.5f, 0.75f], file.Read("latents").data<float>().ToArray());
        Assert.Equal([3L, 1], file.Read("labels").data<long>().ToArray());
        var error = Assert.Throws<TinySoraException>(() => file.Read("tokens"));
        Assert.Contains("latents, labels", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Written_arrays_come_back_and_the_same_ones_make_the_same_file(bool compress)
    {
        foreach (var name in new[] { "a.npz", "b.npz" })
        {
            NpzFile.Write(folder.File(name), [("x", zeros([100, 10])), ("y", tensor(new long[] { 7, 8 }))], compress);
        }

        Assert.Equal(File.ReadAllBytes(folder.File("a.npz")), File.ReadAllBytes(folder.File("b.npz")));
        Assert.Equal(compress, new FileInfo(folder.File("a.npz")).Length < 4000);
        using var file = NpzFile.Open(folder.File("a.npz"));
        Assert.Equal([100, 10], file.Read("x").shape);
        Assert.Equal([7L, 8], file.Read("y").data<long>().ToArray());
    }

    [Fact]
    public void An_array_that_claims_to_grow_beyond_what_deflate_can_do_is_refused()
    {
        var bytes = File.ReadAllBytes(Golden("deflated"));

        // The uncompressed length in the table of contents.
        var entry = bytes.AsSpan().IndexOf("PK\x01\x02"u8);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(entry + 24), 0x7000_0000);
        File.WriteAllBytes(folder.File("a.npz"), bytes);
        using var file = NpzFile.Open(folder.File("a.npz"));
        Assert.Contains("said to grow", Assert.Throws<TinySoraException>(() => file.Read("latents")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_short_and_one_that_is_no_archive_are_refused()
    {
        var whole = File.ReadAllBytes(Golden("stored"));
        foreach (var content in new[] { [], whole[..^10], whole[..100], "text"u8.ToArray() })
        {
            File.WriteAllBytes(folder.File("a.npz"), content);
            Assert.Equal("TinySora.Data.NpyUnreadable", Assert.Throws<TinySoraException>(() => NpzFile.Open(folder.File("a.npz"))).Id);
        }
    }

    private static string Golden(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", "Npy", $"{name}.npz");
}
