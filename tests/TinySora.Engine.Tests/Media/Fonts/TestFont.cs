using System.Buffers.Binary;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Png;

namespace TinySora.Engine.Tests.Media.Fonts;

/// <summary>Writes small fonts with the tables cmap, CBLC and CBDT.</summary>
internal static class TestFont
{
    /// <summary>Writes a font whose characters from U+1F600 on have the given images.</summary>
    /// <param name="indexFormat">Format of the index in CBLC, 1 to 5. Formats 2 and 5 pad all images to the same length.</param>
    /// <param name="imageFormat">Format of the images in CBDT, 17 to 19.</param>
    public static byte[] Create(IReadOnlyList<Clip> pictures, int indexFormat = 1, int imageFormat = 17)
    {
        var images = pictures.Select(picture => Image(picture, imageFormat)).ToList();
        var longest = images.Max(image => image.Length);
        images = indexFormat is 2 or 5 ? [.. images.Select(image => (byte[])[.. image, .. new byte[longest - image.Length]])] : images;
        byte[] data = [.. Int(0x00030000), .. images.SelectMany(image => image)];

        // Glyph 0 is the missing glyph, so the images start at glyph 1.
        var last = images.Count;
        int[] offsets = [.. Enumerable.Range(0, last + 1).Select(i => images.Take(i).Sum(image => image.Length))];
        byte[] index =
        [
            .. Short(indexFormat), .. Short(imageFormat), .. Int(4),
            .. indexFormat switch
            {
                1 => offsets.SelectMany(Int),
                2 => [.. Int(longest), .. new byte[8]],
                3 => offsets.SelectMany(Short),
                4 => [.. Int(last), .. offsets.SelectMany((offset, i) => (byte[])[.. Short(i + 1), .. Short(offset)])],
                _ => [.. Int(longest), .. new byte[8], .. Int(last), .. Enumerable.Range(1, last).SelectMany(Short)],
            },
        ];
        byte[] small = [.. Int(104), .. new byte[4], .. Int(0), .. new byte[32], .. new byte[1], 20, 32, 1];
        byte[] strike = [.. Int(104), .. Int(8 + index.Length), .. Int(1), .. new byte[28], .. Short(1), .. Short(last), 109, 109, 32, 1];
        byte[] locations = [.. Int(0x00030000), .. Int(2), .. small, .. strike, .. Short(1), .. Short(last), .. Int(8), .. index];
        byte[] characters =
        [
            .. Short(0), .. Short(2), .. Short(0), .. Short(4), .. Int(20), .. Short(3), .. Short(10), .. Int(24), .. Short(6), .. Short(0),
            .. Short(12), .. Short(0), .. Int(28), .. Int(0), .. Int(1), .. Int(0x1F600), .. Int(0x1F600 + last - 1), .. Int(1),
        ];
        return Join(("CBDT", data), ("CBLC", locations), ("cmap", characters));
    }

    public static byte[] Join(params (string Tag, byte[] Data)[] tables)
    {
        var start = 12 + (16 * tables.Length);
        var records = new List<byte>([.. Int(0x00010000), .. Short(tables.Length), .. new byte[6]]);
        foreach (var (tag, data) in tables)
        {
            records.AddRange([.. tag.Select(c => (byte)c), .. Int(0), .. Int(start), .. Int(data.Length)]);
            start += data.Length;
        }

        return [.. records, .. tables.SelectMany(table => table.Data)];
    }

    private static byte[] Image(Clip picture, int format)
    {
        using var png = new MemoryStream();
        PngCodec.Write(png, picture);
        return [.. new byte[format switch { 17 => 5, 18 => 8, _ => 0 }], .. Int((int)png.Length), .. png.ToArray()];
    }

    private static byte[] Int(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Short(int value) => Int(value)[2..];
}
