using System.Text;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Media.Gif;

/// <summary>One image of a GIF as it stands in the file: a rectangle of palette indices, still compressed.</summary>
/// <param name="Palette">RGB triples.</param>
/// <param name="TransparentIndex">The index that leaves a pixel as it was; -1 if there is none.</param>
/// <param name="Disposal">What happens to the rectangle afterwards: 2 clears it, 3 restores what was there.</param>
/// <param name="Delay">In hundredths of a second.</param>
/// <param name="Data">The code stream, its sub-blocks joined.</param>
internal sealed record GifImage(
    int Left, int Top, int Width, int Height, bool Interlaced, ReadOnlyMemory<byte> Palette,
    int TransparentIndex, int Disposal, int Delay, int MinCodeSize, byte[] Data);

/// <summary>The block structure of a GIF file (GIF89a specification); decodes no pixels, so that limits are checked and
/// damage is found, with the frame's number, before a decoder sees the file.</summary>
internal sealed class GifParser
{
    private readonly string path;
    private readonly byte[] file;
    private int position;

    private GifParser(string path, byte[] file) => (this.path, this.file) = (path, file);

    public int Width { get; private set; }

    public int Height { get; private set; }

    /// <summary>RGB of what lies beneath the first image; empty when the file names no colour for it.</summary>
    public ReadOnlyMemory<byte> Background { get; private set; }

    /// <summary>The number of bytes that the frames take as RGBA.</summary>
    public long DecodedBytes { get; private set; }

    public List<GifImage> Images { get; } = [];

    /// <summary>The first comment of the file; null if there is none.</summary>
    public string? Comment { get; private set; }

    /// <exception cref="TinySoraException">No GIF, cut short, or its frames would need more than the limit.</exception>
    public static GifParser Parse(string path, byte[] file, long decodedLimit)
    {
        var parser = new GifParser(path, file);
        parser.ReadScreen(out var globalPalette);
        parser.ReadBlocks(globalPalette, decodedLimit);
        return parser;
    }

    private void ReadScreen(out ReadOnlyMemory<byte> globalPalette)
    {
        if (file.Length < 13 || !(file.AsSpan().StartsWith("GIF87a"u8) || file.AsSpan().StartsWith("GIF89a"u8)))
        {
            throw MediaErrors.Corrupt(path, "it is no GIF file (no GIF87a or GIF89a at its beginning)");
        }

        position = 6;
        (Width, Height) = (Short(), Short());
        int flags = Byte(), background = Byte() * 3;
        position++; // pixel aspect ratio, which nobody writes
        if (Width == 0 || Height == 0)
        {
            throw MediaErrors.Corrupt(path, $"its header says {Width}x{Height} pixels");
        }

        globalPalette = Palette(flags);
        if (background < globalPalette.Length)
        {
            Background = globalPalette.Slice(background, 3);
        }
    }

    private void ReadBlocks(ReadOnlyMemory<byte> globalPalette, long decodedLimit)
    {
        var control = default(Control);
        // A file that ends at a block's border lacks only its trailer: all frames are there.
        while (position < file.Length)
        {
            switch (Byte())
            {
                case 0x21:
                    ReadExtension(ref control);
                    break;
                case 0x2C:
                    Images.Add(ReadImage(globalPalette, control, decodedLimit));
                    control = default;
                    break;
                case 0x3B:
                    position = file.Length;
                    break;
                case 0: // stray terminators occur between blocks
                    break;
                default:
                    throw Bad($"unknown block at byte {position - 1}");
            }
        }

        if (Images.Count == 0)
        {
            throw MediaErrors.Corrupt(path, "the GIF file holds no frame");
        }
    }

    private void ReadExtension(ref Control control)
    {
        switch (Byte())
        {
            case 0xF9:
                var block = SubBlocks();
                if (block.Length < 4)
                {
                    throw Bad("its graphic control extension is too short");
                }

                control = new Control(block[0] >> 2 & 7, block[1] | block[2] << 8, (block[0] & 1) != 0 ? block[3] : null);
                break;
            case 0xFE when Comment == null:
                Comment = Encoding.UTF8.GetString(SubBlocks());
                break;
            default:
                SkipSubBlocks();
                break;
        }
    }

    private GifImage ReadImage(ReadOnlyMemory<byte> globalPalette, Control control, long decodedLimit)
    {
        var (left, top, width, height) = (Short(), Short(), Short(), Short());
        DecodedBytes += 4 * Math.Max((long)Width * Height, (long)width * height);
        if (DecodedBytes > decodedLimit)
        {
            throw MediaErrors.TooLarge(path, DecodedBytes, decodedLimit);
        }

        int flags = Byte();
        var palette = (flags & 0x80) != 0 ? Palette(flags) : globalPalette;
        int minCodeSize = Byte();
        if (minCodeSize is < 1 or > 8)
        {
            throw Bad($"its code size is {minCodeSize}");
        }

        if (palette.IsEmpty)
        {
            throw Bad("it has no colour table");
        }

        return new GifImage(
            left, top, width, height, (flags & 0x40) != 0, palette, control.Transparent ?? -1, control.Disposal, control.Delay, minCodeSize, SubBlocks());
    }

    private ReadOnlyMemory<byte> Palette(int flags) => (flags & 0x80) == 0 ? default : Bytes(3 * (2 << (flags & 7)));

    private byte[] SubBlocks()
    {
        int begin = position, length = SkipSubBlocks();
        var joined = new byte[length];
        for (int from = begin, to = 0; file[from] != 0; from += file[from] + 1)
        {
            file.AsSpan(from + 1, file[from]).CopyTo(joined.AsSpan(to));
            to += file[from];
        }
        return joined;
    }

    private int SkipSubBlocks()
    {
        var total = 0;
        for (int length = Byte(); length != 0; length = Byte())
        {
            Bytes(length);
            total += length;
        }
        return total;
    }

    private byte Byte() => Bytes(1).Span[0];

    private int Short() => Byte() | Byte() << 8;

    private ReadOnlyMemory<byte> Bytes(int count)
    {
        if (count > file.Length - position)
        {
            throw Bad("the file ends in the middle of it");
        }

        position += count;
        return file.AsMemory(position - count, count);
    }

    private TinySoraException Bad(string reason) => MediaErrors.CorruptFrame(path, Images.Count, reason);

    /// <summary>A graphic control extension, which holds for the image after it.</summary>
    /// <param name="Disposal">What becomes of the image when its time is over.</param>
    /// <param name="Delay">In hundredths of a second.</param>
    /// <param name="Transparent">The transparent colour; null: none.</param>
    private readonly record struct Control(int Disposal, int Delay, int? Transparent);
}
