using System.Globalization;
using System.Text;
using TinySora.Engine.Media.Gif;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Media.Terminal;

/// <summary>Shows images in DEC's sixel format: bands of six rows, with one pass per color in each band.</summary>
/// <remarks>DEC STD 070, chapter 9; VT330/VT340 Programmer Reference Manual, volume 2, chapter 14.</remarks>
internal static class Sixel
{
    private const int Band = 6;

    /// <summary>Character for a column of six rows without pixels; each pixel in the column adds a bit.</summary>
    private const char Empty = '?';

    /// <summary>Minimum number of repetitions for which run-length encoding, which takes three characters, is shorter.</summary>
    private const int MinRepeated = 4;

    /// <param name="picture">Image to draw; only the first frame is used, with at most 256 colors.</param>
    public static string Encode(Clip picture)
    {
        var frame = Resample.ToChannels(picture with { Frames = 1, Pixels = picture.Frame(0).ToArray() }, 3);
        var palette = ColorPalette.Build(frame);
        var indices = palette.Map(frame.Pixels, 3);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"\u001bP0;1q\"1;1;{frame.Width};{frame.Height}");
        for (var color = 0; color < palette.Count; color++)
        {
            // The 2 selects red, green and blue in percent.
            var (r, g, b) = (Percent(palette.Rgb[3 * color]), Percent(palette.Rgb[(3 * color) + 1]), Percent(palette.Rgb[(3 * color) + 2]));
            text.Append(CultureInfo.InvariantCulture, $"#{color};2;{r};{g};{b}");
        }

        for (var top = 0; top < frame.Height; top += Band)
        {
            AppendBand(text, indices.AsSpan(top * frame.Width, Math.Min(Band, frame.Height - top) * frame.Width), frame.Width);
        }

        return text.Append("\u001b\\").ToString();
    }

    private static int Percent(byte value) => ((value * 100) + 127) / 255;

    /// <param name="indices">Palette indices of up to six rows.</param>
    private static void AppendBand(StringBuilder text, ReadOnlySpan<byte> indices, int width)
    {
        var sixels = new SortedDictionary<byte, char[]>();
        for (var i = 0; i < indices.Length; i++)
        {
            if (!sixels.TryGetValue(indices[i], out var row))
            {
                sixels[indices[i]] = row = [.. Enumerable.Repeat(Empty, width)];
            }

            row[i % width] += (char)(1 << (i / width));
        }

        var returns = "";
        foreach (var (color, row) in sixels)
        {
            text.Append(returns).Append(CultureInfo.InvariantCulture, $"#{color}");
            AppendRow(text, row);
            returns = "$";
        }

        text.Append('-');
    }

    private static void AppendRow(StringBuilder text, char[] row)
    {
        for (int start = 0, end; start < row.Length; start = end)
        {
            end = start + 1;
            while (end < row.Length && row[end] == row[start])
            {
                end++;
            }

            var count = end - start;
            _ = count < MinRepeated ? text.Append(row[start], count) : text.Append(CultureInfo.InvariantCulture, $"!{count}{row[start]}");
        }
    }
}
