using System.Buffers.Binary;
using TinySora.Engine.Errors;
using TinySora.Engine.Media.Png;

namespace TinySora.Engine.Media.Fonts;

/// <summary>
/// An OpenType font whose glyphs are PNG images in the tables CBLC and CBDT, such as Noto Color Emoji. Offsets in the font are checked before they are used.
/// </summary>
public sealed class ColorFont
{
    /// <summary>Maximum size of a font file in bytes, more than ten times that of Noto Color Emoji.</summary>
    private const int LongestFile = 1 << 28;

    private readonly string path;
    private readonly FontTable characters, images;
    private readonly List<IndexTable> indices;

    private ColorFont(string path, byte[] file)
    {
        this.path = path;
        var font = new FontTable(file, 0, file.Length);
        characters = SegmentedCoverage(Table(font, "cmap"u8));
        images = Table(font, "CBDT"u8);
        indices = LargestStrike(Table(font, "CBLC"u8));
    }

    /// <summary>Returns whether a file name has the extension of a font.</summary>
    public static bool IsFont(string path) => Path.GetExtension(path).ToLowerInvariant() is ".ttf" or ".otf";

    /// <exception cref="TinySoraException">The file is missing, unreadable or too large, or is not a font with images.</exception>
    public static ColorFont Read(string path)
    {
        var file = MediaLimits.ReadAllBytes(path);
        return file.Length > LongestFile ? throw MediaErrors.TooLarge(path, file.Length, LongestFile) : Checked(path, () => new ColorFont(path, file));
    }

    /// <summary>Decodes the image of a character from the font's largest size; returns <c>null</c> if there is none.</summary>
    /// <param name="codePoint">Unicode code point of the character.</param>
    /// <returns>A clip of one frame.</returns>
    /// <exception cref="TinySoraException">The font or the image is corrupt.</exception>
    public Clip? Draw(int codePoint, CancellationToken cancellationToken = default) => Checked(path, () => FindImage(GlyphOf(codePoint))) is { } png
        ? PngReader.Read($"{path}, U+{codePoint:X4}", png, cancellationToken) : null;

    private static T Checked<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException e)
        {
            throw MediaErrors.Corrupt(path, e.Message, e);
        }
    }

    private static FontTable Table(FontTable font, ReadOnlySpan<byte> tag)
    {
        for (var (record, left) = (12, font.Short(4)); left > 0; record += 16, left--)
        {
            if (font.Bytes(record, 4).SequenceEqual(tag))
            {
                return font.Slice(font.Int(record + 8), font.Int(record + 12));
            }
        }

        throw new InvalidDataException(
            $"it has no table {System.Text.Encoding.ASCII.GetString(tag)}; only fonts with images in the tables CBLC and CBDT are supported");
    }

    /// <summary>Returns the subtable that maps all of Unicode to glyphs (format 12).</summary>
    private static FontTable SegmentedCoverage(FontTable cmap)
    {
        for (var i = 0; i < cmap.Short(2); i++)
        {
            var table = cmap.From(cmap.Int(4 + (8 * i) + 4));
            if (table.Short(0) == 12)
            {
                return table;
            }
        }

        throw new InvalidDataException("its table cmap has no subtable in format 12");
    }

    private static List<IndexTable> LargestStrike(FontTable locations)
    {
        var (strikes, best, largest) = (locations.Int(4), -1, -1);
        for (var i = 0; i < strikes; i++)
        {
            var pixels = locations.Bytes(8 + (48 * i) + 45, 1)[0];
            (best, largest) = pixels > largest ? (8 + (48 * i), pixels) : (best, largest);
        }

        if (best < 0)
        {
            throw new InvalidDataException("its table CBLC is empty");
        }

        var array = locations.From(locations.Int(best));
        var tables = new List<IndexTable>();
        for (var i = 0; i < locations.Int(best + 8); i++)
        {
            tables.Add(new IndexTable(array.Short(8 * i), array.Short((8 * i) + 2), array.From(array.Int((8 * i) + 4))));
        }

        return tables;
    }

    /// <summary>Returns the index of a character's glyph; 0 if there is none.</summary>
    private int GlyphOf(int codePoint)
    {
        var groups = characters.Int(12);
        for (var i = 0; i < groups; i++)
        {
            var (first, last, glyph) = (characters.Int(16 + (12 * i)), characters.Int(20 + (12 * i)), characters.Int(24 + (12 * i)));
            if (codePoint >= first && codePoint <= last)
            {
                return glyph + codePoint - first;
            }
        }

        return 0;
    }

    private byte[]? FindImage(int glyph)
    {
        foreach (var index in indices.Where(index => glyph > 0 && glyph >= index.First && glyph <= index.Last))
        {
            if (index.Find(glyph) is var (offset, length) && length > 0)
            {
                var data = images.Slice(offset, length);
                var header = index.ImageFormat switch
                {
                    17 => 5,
                    18 => 8,
                    19 => 0,
                    var format => throw new InvalidDataException($"its images have the unknown format {format}"),
                };
                return data.Bytes(header + 4, data.Int(header)).ToArray();
            }
        }

        return null;
    }

    /// <summary>Locations of the images of a range of glyphs.</summary>
    private sealed class IndexTable(int first, int last, FontTable table)
    {
        public int First => first;

        public int Last => last;

        public int ImageFormat => table.Short(2);

        /// <summary>Returns where the table CBDT contains a glyph's image; the length is 0 if there is no image.</summary>
        public (int Offset, int Length) Find(int glyph)
        {
            var (start, i) = (table.Int(4), glyph - first);
            return table.Short(0) switch
            {
                1 => Between(table.Int(8 + (4 * i)), table.Int(12 + (4 * i))),
                2 => (start + (i * table.Int(8)), table.Int(8)),
                3 => Between(table.Short(8 + (2 * i)), table.Short(10 + (2 * i))),
                4 when Place(table.Int(8), 12, 4) is >= 0 and var place => Between(table.Short(14 + (4 * place)), table.Short(18 + (4 * place))),
                5 when Place(table.Int(20), 24, 2) is >= 0 and var place => (start + (place * table.Int(8)), table.Int(8)),
                4 or 5 => default,
                var format => throw new InvalidDataException($"its table CBLC has the unknown format {format}"),
            };

            (int Offset, int Length) Between(int from, int to) => (start + from, to - from);

            int Place(int count, int offset, int step)
            {
                for (var place = 0; place < count; place++)
                {
                    if (table.Short(offset + (step * place)) == glyph)
                    {
                        return place;
                    }
                }

                return -1;
            }
        }
    }

    /// <summary>A part of the font file, whose numbers are big-endian. Every read is checked against the end of the part.</summary>
    private readonly struct FontTable(byte[] file, int start, int length)
    {
        public ReadOnlySpan<byte> Bytes(int offset, int count) => file.AsSpan(start + Checked(offset, count), count);

        public int Short(int offset) => BinaryPrimitives.ReadUInt16BigEndian(Bytes(offset, 2));

        /// <summary>Reads a 32-bit offset, length or count. Values of 2 GiB and more cannot occur in a valid font.</summary>
        public int Int(int offset) => BinaryPrimitives.ReadInt32BigEndian(Bytes(offset, 4)) is >= 0 and var value ? value : throw Damaged();

        public FontTable Slice(int offset, int count) => new(file, start + Checked(offset, count), count);

        public FontTable From(int offset) => Slice(offset, length - Checked(offset, 0));

        private static InvalidDataException Damaged() => new("its tables are corrupt or truncated");

        private int Checked(int offset, int count) => offset >= 0 && count >= 0 && offset <= length && count <= length - offset ? offset : throw Damaged();
    }
}
