using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;

namespace TinySora.Engine.Data.Digits;

/// <summary>Digits drawn from the built-in font, with smoothing and random slant, width and weight. They require no files.</summary>
internal sealed class DrawnDigits : DigitSet
{
    /// <summary>Height and width of an image in pixels, followed by the height of the digit in it, as in MNIST.</summary>
    private const int Side = 28;
    private const double Height = 20;

    private const int Columns = BitmapFont.Advance - 1;

    /// <summary>Brightness above which a pixel belongs to a digit. It is low, because thin strokes would otherwise have gaps.</summary>
    public override int SolidAbove => 60;

    public override Clip Draw(int digit, ref SplitMix64 random)
    {
        var cell = Height / BitmapFont.CapHeight * random.Between(0.85, 1.05);
        var width = cell * random.Between(0.85, 1.1);
        var slant = random.Between(-0.25, 0.25);
        var edge = random.Between(0.25, 0.4);
        // Draw O instead of 0, because the zero of the font has a stroke and would look like an eight after smoothing.
        var glyph = digit == 0 ? 'O' : (char)('0' + digit);
        var clip = Clip.Black(1, Side, Side, 1);
        for (var i = 0; i < clip.Pixels.Length; i++)
        {
            var y = (i / Side) + 0.5 - (Side / 2.0);
            var x = (i % Side) + 0.5 - (Side / 2.0) + (slant * y);
            var ink = Ink(glyph, (x / width) + (Columns / 2.0), (y / cell) + (BitmapFont.CapHeight / 2.0));
            clip.Pixels[i] = (byte)(255 * Math.Clamp((ink - edge) / 0.3, 0, 1));
        }

        return clip;
    }

    /// <summary>Interpolates the font's pixels: cell (c, r) has its value at its center.</summary>
    private static double Ink(char glyph, double x, double y)
    {
        var (column, row) = ((int)Math.Floor(x - 0.5), (int)Math.Floor(y - 0.5));
        var (right, below) = (x - 0.5 - column, y - 0.5 - row);
        double At(int c, int r) =>
            c is >= 0 and < Columns && r is >= 0 and < BitmapFont.CapHeight && BitmapFont.IsSet(glyph, c, r) ? 1 : 0;
        return ((1 - below) * (((1 - right) * At(column, row)) + (right * At(column + 1, row))))
            + (below * (((1 - right) * At(column, row + 1)) + (right * At(column + 1, row + 1))));
    }
}
