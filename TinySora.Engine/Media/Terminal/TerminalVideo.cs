using System.Globalization;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Media.Terminal;

/// <summary>
/// A clip as text for a terminal: <see cref="Room"/> once, then frames, each over the one before. What is written ends in a new line each
/// time, so that the cursor is beneath the picture between frames.
/// </summary>
public sealed class TerminalVideo
{
    /// <summary>Characters across where none are asked for and a character can hold many pixels.</summary>
    private const int UsualColumns = 40;

    /// <summary>
    /// The width of a character in pixels where the terminal does not tell it; with a larger one the picture is a little smaller than its room.
    /// </summary>
    private const int CellWidth = 10;
    private const int CellHeight = 16;

    private readonly Clip clip;
    private readonly TerminalGraphics graphics;
    private readonly TerminalColors colors;
    private readonly int columns;

    /// <param name="width">Characters across; null: what shows every pixel, or 40. Fewer where the terminal is smaller.</param>
    /// <param name="terminal">Characters of the terminal.</param>
    public TerminalVideo(Clip clip, TerminalGraphics graphics, TerminalColors colors, int? width, (int Columns, int Rows) terminal)
    {
        (this.clip, this.graphics, this.colors) = (clip, graphics, colors);
        var most = Math.Max(1, Math.Min(terminal.Columns - 1, ColumnsOf(terminal.Rows - 2)));
        columns = Math.Clamp(width ?? (graphics == TerminalGraphics.HalfBlocks ? clip.Width : UsualColumns), 1, most);
        Rows = RowsOf(columns);
    }

    /// <summary>The number of terminal lines of the picture.</summary>
    public int Rows { get; }

    /// <summary>How long a frame is to be seen.</summary>
    public TimeSpan FrameTime => TimeSpan.FromMilliseconds(clip.FrameMilliseconds);

    /// <summary>Empty lines in the place of the first frame, the last without its end: a terminal scrolls now and not while pictures are shown.</summary>
    public string Room => new('\n', Rows - 1);

    /// <summary>The frame in the lines above the cursor, which is beneath them again when the line has ended.</summary>
    public string Frame(int index)
    {
        var frame = clip with { Frames = 1, Pixels = clip.Frame(index).ToArray() };
        var up = string.Create(CultureInfo.InvariantCulture, $"\u001b[{Rows}A\r");
        return graphics == TerminalGraphics.HalfBlocks
            ? up + string.Join('\n', HalfBlocks.Lines(Resample.Resize(frame, Math.Max(1, clip.Height * columns / clip.Width), columns), colors))
            // Where a picture leaves the cursor differs: it is kept, and set on the last line.
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

    /// <summary>The most characters across that take no more lines.</summary>
    private int ColumnsOf(int rows)
    {
        var width = 2 * Math.Max(1, rows) * clip.Width / clip.Height;
        while (width > 1 && RowsOf(width) > rows)
        {
            width--;
        }

        return width;
    }

    /// <summary>Larger by a whole factor, without blurring pixels, or smaller.</summary>
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
