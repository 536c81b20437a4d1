using System.Globalization;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Media.Terminal;

/// <summary>
/// A clip as text for a terminal. Write <see cref="Room"/> once, then the frames, each over the previous one. End each frame with a line break, so that the
/// cursor is below the image between frames.
/// </summary>
public sealed class TerminalVideo
{
    /// <summary>Default width in characters if one character can show many pixels.</summary>
    private const int UsualColumns = 40;

    /// <summary>Assumed width of a character in pixels; if characters are wider, the image is slightly smaller than the space reserved for it.</summary>
    private const int CellWidth = 10;
    private const int CellHeight = 16;

    private readonly Clip clip;
    private readonly TerminalGraphics graphics;
    private readonly TerminalColors colors;
    private readonly int columns;

    /// <param name="width">Width in characters, limited by the terminal's size; <c>null</c> to show every pixel, or for 40 if one character can show many
    /// pixels.</param>
    /// <param name="terminal">Size of the terminal in characters.</param>
    public TerminalVideo(Clip clip, TerminalGraphics graphics, TerminalColors colors, int? width, (int Columns, int Rows) terminal)
    {
        (this.clip, this.graphics, this.colors) = (clip, graphics, colors);
        var most = Math.Max(1, Math.Min(terminal.Columns - 1, ColumnsOf(terminal.Rows - 2)));
        columns = Math.Clamp(width ?? (graphics == TerminalGraphics.HalfBlocks ? clip.Width : UsualColumns), 1, most);
        Rows = RowsOf(columns);
    }

    /// <summary>Number of terminal lines of the image.</summary>
    public int Rows { get; }

    /// <summary>Duration of a frame.</summary>
    public TimeSpan FrameTime => TimeSpan.FromMilliseconds(clip.FrameMilliseconds);

    /// <summary>Empty lines to write before the first frame (without the last line break), so that the terminal does not scroll between frames.</summary>
    public string Room => new('\n', Rows - 1);

    /// <summary>Returns the text of a frame, which overwrites the lines above the cursor. After a line break, the cursor is below these lines again.</summary>
    public string Frame(int index)
    {
        var frame = clip with { Frames = 1, Pixels = clip.Frame(index).ToArray() };
        var up = string.Create(CultureInfo.InvariantCulture, $"\u001b[{Rows}A\r");
        return graphics == TerminalGraphics.HalfBlocks
            ? up + string.Join('\n', HalfBlocks.Lines(Resample.Resize(frame, Math.Max(1, clip.Height * columns / clip.Width), columns), colors))
            // Terminals leave the cursor at different positions after an image, so save the position, restore it, and move to the last line.
            : $"{up}\u001b7{Picture(frame)}\u001b8{(Rows > 1 ? string.Create(CultureInfo.InvariantCulture, $"\u001b[{Rows - 1}B") : "")}";
    }

    private string Picture(Clip frame) => graphics == TerminalGraphics.Kitty
        ? KittyGraphics.Encode(frame, columns, Rows, id: 1)
        : Sixel.Encode(Scale(frame, columns * CellWidth));

    private int RowsOf(int width) => graphics switch
    {
        TerminalGraphics.HalfBlocks => (Math.Max(1, clip.Height * width / clip.Width) + 1) / 2,
        TerminalGraphics.Sixel => Math.Max(1, (int)Math.Ceiling((double)clip.Height * width * CellWidth / clip.Width / CellHeight)),
        _ => Math.Max(1, (int)Math.Round(clip.Height * width / (2.0 * clip.Width))),
    };

    /// <summary>Returns the maximum number of columns that need at most this number of rows.</summary>
    private int ColumnsOf(int rows)
    {
        var width = 2 * Math.Max(1, rows) * clip.Width / clip.Height;
        while (width > 1 && RowsOf(width) > rows)
        {
            width--;
        }

        return width;
    }

    /// <summary>Enlarges a frame by an integer factor without blurring pixels, or reduces it.</summary>
    private static Clip Scale(Clip frame, int width)
    {
        var factor = width / frame.Width;
        if (factor == 0)
        {
            return Resample.Resize(frame, Math.Max(1, frame.Height * width / frame.Width), width);
        }

        var scaled = Clip.Black(1, frame.Height * factor, frame.Width * factor, frame.Channels);
        for (var y = 0; y < scaled.Height; y++)
        {
            for (var x = 0; x < scaled.Width; x++)
            {
                frame.Pixels.AsSpan(frame.Channels * (((y / factor) * frame.Width) + (x / factor)), frame.Channels)
                    .CopyTo(scaled.Pixels.AsSpan(frame.Channels * ((y * scaled.Width) + x)));
            }
        }

        return scaled;
    }
}
