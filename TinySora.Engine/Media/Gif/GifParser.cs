using System.Text;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Media.Gif;

/// <summary>One image of a GIF as stored in the file: a rectangle of compressed palette indices.</summary>
/// <param name="Palette">RGB triples.</param>
/// <param name="TransparentIndex">Index that leaves a pixel unchanged; -1 if there is none.</param>
/// <param name="Disposal">Action on the rectangle after the image's duration: 2 clears it, 3 restores the previous content.</param>
/// <param name="Delay">Duration in hundredths of a second, at least <see cref="GifParser.MinDelay"/>.</param>
/// <param name="Data">The LZW code stream, joined from its sub-blocks.</param>
internal sealed record GifImage(
    int Left, int Top, int Width, int Height, bool Interlaced, ReadOnlyMemory<byte> Palette,
    int TransparentIndex, int Disposal, int Delay, int MinCodeSize, byte[] Data);

/// <summary>Parses the block structure of a GIF file (GIF89a specification) without decoding pixels, so that exceeded limits and corrupt frames are
/// detected before decoding starts.</summary>
internal sealed class GifParser
{
    /// <summary>Minimum duration in hundredths of a second. Browsers and FFmpeg show images with a shorter one for <see cref="DefaultDelay"/>.</summary>
    public const int MinDelay = 2;

    private const int DefaultDelay = 10;

    private readonly string path;
    private readonly byte[] file;
    private int position;

    private GifParser(string path, byte[] file) => (this.path, this.file) = (path, file);

    public int Width { get; private set; }

    public int Height { get; private set; }

    /// <summary>RGB of the background; empty if the file does not specify it.</summary>
    public ReadOnlyMemory<byte> Background { get; private set; }

    /// <summary>Number of bytes that the decoded frames occupy as RGBA.</summary>
    public long DecodedBytes { get; private set; }

    public List<GifImage> Images { get; } = [];

    /// <summary>First comment in the file; <c>null</c> if there is none.</summary>
    public string? Comment { get; private set; }

    /// <exception cref="TinySoraException">The file is not a GIF, is truncated, or its frames exceed the limit.</exception>
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
            throw MediaErrors.Corrupt(path, "it is not a GIF file (GIF87a or GIF89a is missing at its beginning)");
        }

        position = 6;
        (Width, Height) = (Short(), Short());
        int flags = Byte(), background = Byte() * 3;
        position++; // pixel aspect ratio, unused in practice
        if (Width == 0 || Height == 0)
        {
            throw MediaErrors.Corrupt(path, $"its header declares {Width}x{Height} pixels");
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
        // A file that ends after a complete block lacks only the trailer; all frames are present.
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
                    throw Bad($"the block at byte {position - 1} has an unknown type");
            }
        }

        if (Images.Count == 0)
        {
            throw MediaErrors.Corrupt(path, "the GIF file has no frames");
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
                    throw Bad("the graphic control extension is too short");
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
            throw Bad($"the code size is {minCodeSize}, but must be 1 to 8");
        }

        if (palette.IsEmpty)
        {
            throw Bad("the color table is missing");
        }

        var delay = control.Delay < MinDelay ? DefaultDelay : control.Delay;
        return new GifImage(
            left, top, width, height, (flags & 0x40) != 0, palette, control.Transparent ?? -1, control.Disposal, delay, minCodeSize, SubBlocks());
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
            throw Bad("the frame is truncated");
        }

        position += count;
        return file.AsMemory(position - count, count);
    }

    private TinySoraException Bad(string reason) => MediaErrors.CorruptFrame(path, Images.Count, reason);

    /// <summary>A graphic control extension, which applies to the next image.</summary>
    /// <param name="Disposal">Number of the action on the image after its duration, see <see cref="GifImage"/>.</param>
    /// <param name="Delay">Duration in hundredths of a second.</param>
    /// <param name="Transparent">Index of the transparent color; <c>null</c> if there is none.</param>
    private readonly record struct Control(int Disposal, int Delay, int? Transparent);
}
