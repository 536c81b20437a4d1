using TinySora.Engine.Media.Png;

namespace TinySora.Engine.Media.Drawing;

/// <summary>
/// Antialiased DejaVu Sans glyphs for charts: the printable ASCII characters in two sizes, rasterized in glyphs.png. Each size occupies three rows of 32 cells.
/// The first pixel of a cell contains the advance, and the other pixels contain the coverage.
/// </summary>
internal sealed class GlyphSheet
{
    /// <summary>Name of the image in the assembly's resources.</summary>
    public const string Resource = "glyphs.png";

    /// <summary>Number of cells in a row.</summary>
    public const int Columns = 32;

    /// <summary>Number of rows per size.</summary>
    public const int Rows = 3;

    /// <summary>Number of pixels from the left edge of a cell to the glyph's origin.</summary>
    public const int Bearing = 2;

    private static readonly Lazy<Clip> Picture = new(Load);

    private readonly int top;

    private GlyphSheet(int top, int size, int cell, bool isBold) => (this.top, Size, Cell, IsBold) = (top, size, cell, isBold);

    /// <summary>Glyphs for axis labels and legends.</summary>
    public static GlyphSheet Label { get; } = new(0, 16, 22, isBold: false);

    /// <summary>Bold glyphs for titles.</summary>
    public static GlyphSheet Title { get; } = new(Rows * Label.Cell, 20, 28, isBold: true);

    /// <summary>Font size in pixels.</summary>
    public int Size { get; }

    /// <summary>Width and height of a cell in pixels.</summary>
    public int Cell { get; }

    public bool IsBold { get; }

    /// <summary>Number of pixels from the top of a cell to the baseline.</summary>
    public int Baseline => Cell - (Size / 4) - 2;

    /// <summary>Height of a capital letter in pixels.</summary>
    public int CapHeight => (int)Math.Round(0.73 * Size);

    /// <summary>Returns the width of one line of text in pixels.</summary>
    public int Width(string text) => text.Sum(Advance);

    /// <summary>Returns the number of pixels from a glyph's origin to the origin of the next glyph.</summary>
    public int Advance(char character) => At(character, 0, 0);

    /// <summary>Returns the coverage of one pixel, from 0 to 255; characters outside ASCII are shown as question marks.</summary>
    /// <param name="x">Column, from 0 to <see cref="Cell"/> - 1.</param>
    /// <param name="y">Row, from 0 to <see cref="Cell"/> - 1.</param>
    public byte Coverage(char character, int x, int y) => y == 0 ? (byte)0 : At(character, x, y);

    private byte At(char character, int x, int y)
    {
        var glyph = (character is >= ' ' and <= '~' ? character : '?') - ' ';
        var (row, column) = (top + (glyph / Columns * Cell) + y, (glyph % Columns * Cell) + x);
        return Picture.Value.Pixels[(row * Picture.Value.Width) + column];
    }

    private static Clip Load()
    {
        using var stream = typeof(GlyphSheet).Assembly.GetManifestResourceStream(Resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return PngReader.Read(Resource, bytes, CancellationToken.None);
    }
}
