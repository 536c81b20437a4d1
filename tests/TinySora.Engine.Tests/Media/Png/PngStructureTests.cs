using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Png;

namespace TinySora.Engine.Tests.Media.Png;

/// <summary>PNG files assembled chunk by chunk, with content that no common program writes.</summary>
public sealed class PngStructureTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Target => folder.File("a.png");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1, 1, 8, 1)] // unknown color type
    [InlineData(1, 1, 8, 5)]
    [InlineData(1, 1, 8, 7)]
    [InlineData(1, 1, 3, 0)] // bits
    [InlineData(1, 1, 16, 3)]
    [InlineData(1, 1, 4, 2)]
    [InlineData(1, 1, 4, 4)]
    [InlineData(1, 1, 4, 6)]
    [InlineData(0, 1, 8, 0)] // size
    [InlineData(1, 0, 8, 0)]
    [InlineData(1, -1, 8, 0)]
    [InlineData(1, 1, 8, 0, 1)] // compression
    [InlineData(1, 1, 8, 0, 0, 1)] // filter
    [InlineData(1, 1, 8, 0, 0, 0, 2)] // interlacing
    public void Header_with_unknown_values_is_refused(int width, int height, byte depth, byte type, byte compression = 0, byte filter = 0, byte interlacing = 0)
    {
        Write(Header(width, height, depth, type, compression, filter, interlacing), Data(0, 0));
        Refused("its header is not valid");
    }

    [Fact]
    public void Header_comes_first_and_has_13_bytes()
    {
        Write(("IHDR", new byte[12]));
        Refused("its header is corrupt");
        Write(Data(0, 0), Header(1, 1, 8, 0));
        Refused("does not begin with a header");
        File.WriteAllText(Target, "no image");
        Refused("not a PNG file");
    }

    [Fact]
    public void File_that_ends_within_or_between_chunks_is_truncated()
    {
        Write(Header(1, 1, 8, 0), Data(0, 5));
        var whole = File.ReadAllBytes(Target);
        foreach (var length in new[] { 8, 30, whole.Length - 12, whole.Length - 1 })
        {
            File.WriteAllBytes(Target, whole[..length]);
            Refused("truncated");
        }
    }

    [Fact]
    public void Picture_that_needs_more_data_or_memory_than_possible_is_refused()
    {
        Write(Header(20000, 20000, 8, 6), Data(0));
        Assert.Equal("TinySora.Media.TooLarge", Assert.Throws<TinySoraException>(() => ClipFile.Read(Target)).Id);
        Write(Header(10000, 1000, 8, 0), Data(0));
        Refused("corrupt or truncated");
        Write(Header(2, 2, 8, 0), Data(0, 1, 2));
        Refused("corrupt or truncated");
        Write(Header(1, 1, 8, 0), Data(9, 1));
        Refused("corrupt or truncated");
    }

    [Fact]
    public void Palette_must_exist_and_its_last_color_stands_for_missing_ones()
    {
        Write(Header(2, 1, 8, 3), Data(0, 0, 7));
        Refused("its palette is missing");
        Write(Header(3, 1, 8, 3), ("PLTE", [1, 2, 3, 4, 5, 6]), ("tRNS", [0]), Data(0, 0, 1, 7));
        var clip = ClipFile.Read(Target);
        Assert.Equal([0, 0, 0, 0, 4, 5, 6, 255, 4, 5, 6, 255], clip.Pixels);
    }

    [Fact]
    public void One_color_may_be_transparent()
    {
        Write(Header(2, 1, 8, 0), ("tRNS", [0, 7]), Data(0, 7, 8));
        Assert.Equal([0, 0, 0, 0, 8, 8, 8, 255], ClipFile.Read(Target).Pixels);
        Write(Header(4, 1, 8, 2), ("tRNS", [0, 1, 0, 2, 0, 3]), Data(0, 1, 2, 3, 1, 2, 4, 1, 9, 3, 9, 2, 3));
        Assert.Equal([0, 255, 255, 255], ClipFile.Read(Target).Pixels.Where((_, i) => i % 4 == 3));
        Write(Header(1, 1, 8, 2), ("tRNS", [0, 1]), Data(0, 1, 1, 1)); // too short
        Assert.Equal(3, ClipFile.Read(Target).Channels);
    }

    /// <summary>The values are those of the PNG specification for each filter, with the bytes of a row as differences.</summary>
    [Theory]
    [InlineData(0, 10, 10)]
    [InlineData(1, 10, 20)]
    [InlineData(2, 15, 16)]
    [InlineData(3, 12, 19)]
    [InlineData(4, 15, 25)]
    public void Row_is_restored_from_its_filter(byte filter, byte first, byte second)
    {
        Write(Header(2, 2, 8, 0), Data(0, 5, 6, filter, 10, 10));
        Assert.Equal([5, 6, first, second], ClipFile.Read(Target).Pixels);
    }

    [Fact]
    public void Passes_of_a_narrow_interlaced_picture_may_be_empty()
    {
        Write(Header(1, 2, 8, 0, 0, 0, 1), Data(0, 40, 0, 50));
        Assert.Equal([40, 50], ClipFile.Read(Target).Pixels);
    }

    [Fact]
    public void First_comment_counts_and_other_texts_are_ignored()
    {
        Write(Header(1, 1, 8, 0), ("tEXt", Latin("Title\0x")), ("iTXt", Latin("Title\0\0\0\0\0x")), ("tEXt", Latin("Comment\0first")),
            ("iTXt", Latin("Comment\0\0\0\0\0second")), ("tEXt", Latin("Comment\0third")), ("acTL", [1]), Data(0, 5));
        Assert.Equal("first", PngCodec.ReadComment(Target));
        Assert.Equal([5], ClipFile.Read(Target).Pixels);
        Write(Header(1, 1, 8, 0), ("iTXt", Encoding.UTF8.GetBytes("Comment\0\0\0\0\0größer")), ("iTXt", Latin("Comment\0\0\0\0\0second")), Data(0, 5));
        Assert.Equal("größer", PngCodec.ReadComment(Target));
    }

    private static (string, byte[]) Header(
        int width, int height, byte depth, byte type, byte compression = 0, byte filter = 0, byte interlacing = 0)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[10], header[11], header[12]) = (depth, type, compression, filter, interlacing);
        return ("IHDR", header);
    }

    /// <param name="rows">For each row its filter, and its bytes.</param>
    private static (string, byte[]) Data(params byte[] rows)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        return ("IDAT", packed.ToArray());
    }

    private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);

    private void Write(params (string Type, byte[] Content)[] chunks)
    {
        using var file = File.Create(Target);
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var number = new byte[4];
        foreach (var (type, content) in chunks.Append(("IEND", [])))
        {
            byte[] chunk = [.. Latin(type), .. content];
            BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
            file.Write(number);
            file.Write(chunk);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(chunk));
            file.Write(number);
        }
    }

    private void Refused(string reason)
    {
        var error = Assert.Throws<TinySoraException>(() => PngCodec.Read(Target));
        Assert.Equal("TinySora.Media.Corrupt", error.Id);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
