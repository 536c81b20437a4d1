using System.Globalization;
using System.Text;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Media.Terminal;

/// <summary>Shows images as text. Each character is an upper half block, whose foreground and background colors show two pixels.</summary>
internal static class HalfBlocks
{
    private const char UpperHalf = '\u2580';
    private const string Reset = "\u001b[0m";
    private const string NoBackground = "49";

    /// <summary>Returns one line per two rows of pixels, with one character per column; each line resets the colors at its end.</summary>
    /// <param name="picture">Image to show; only the first frame is used.</param>
    public static IReadOnlyList<string> Lines(Clip picture, TerminalColors colors)
    {
        var rgb = Resample.ToChannels(picture, 3);
        var lines = new List<string>();
        for (var y = 0; y < rgb.Height; y += 2)
        {
            var line = new StringBuilder();
            var (above, below) = ("", "");
            for (var x = 0; x < rgb.Width; x++)
            {
                var upper = "38;" + Color(rgb, y, x, colors);
                var lower = y + 1 < rgb.Height ? "48;" + Color(rgb, y + 1, x, colors) : NoBackground;
                if (upper != above)
                {
                    line.Append("\u001b[").Append(upper).Append('m');
                }

                if (lower != below)
                {
                    line.Append("\u001b[").Append(lower).Append('m');
                }

                line.Append(UpperHalf);
                (above, below) = (upper, lower);
            }
            lines.Add(line.Append(Reset).ToString());
        }
        return lines;
    }

    private static string Color(Clip rgb, int y, int x, TerminalColors colors)
    {
        ReadOnlySpan<byte> pixel = rgb.Pixels.AsSpan(3 * ((y * rgb.Width) + x), 3);
        return colors == TerminalColors.All
            ? string.Create(CultureInfo.InvariantCulture, $"2;{pixel[0]};{pixel[1]};{pixel[2]}")
            : string.Create(CultureInfo.InvariantCulture, $"5;{16 + (36 * Level(pixel[0])) + (6 * Level(pixel[1])) + Level(pixel[2])}");
    }

    /// <summary>Returns the nearest of xterm's six levels: 0, 95, 135, 175, 215 and 255.</summary>
    private static int Level(byte value) => value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40;
}
