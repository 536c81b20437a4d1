using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Resampling;
using TinySora.Engine.Media.Terminal;

namespace TinySora.Engine.Data.Views;

/// <summary>Formats a preview for a terminal. Frames consist of half blocks, and numbers and captions are underneath.</summary>
public static class PreviewText
{
    private const int Gap = 2;

    /// <summary>Minimum width of a cell, with room for a caption. A narrow terminal shows fewer cells per row.</summary>
    private const int MinWidth = 24;

    /// <summary>Maximum width of a clip's preview, so that two rows are visible.</summary>
    private const int MaxWidth = 40;

    private const int MaxCaptionLines = 2;

    /// <param name="width">Number of characters in a line, at least 1.</param>
    /// <param name="columns">Maximum number of clips in a row.</param>
    public static IReadOnlyList<string> Lines(DatasetPreview preview, int width, int columns, TerminalColors colors)
    {
        var across = Math.Clamp((width + Gap) / (MinWidth + Gap), 1, Math.Min(columns, preview.Cells.Count));
        var cellWidth = Math.Min(((width + Gap) / across) - Gap, MaxWidth);
        var lines = new List<string>();
        foreach (var row in preview.Frames.Zip(preview.Cells, (frame, cell) => Cell(frame, cell, cellWidth, colors)).Chunk(across))
        {
            for (var line = 0; line < row.Max(c => c.Count); line++)
            {
                lines.Add(string.Join(new string(' ', Gap), row.Select(c => line < c.Count ? c[line] : new string(' ', cellWidth))).TrimEnd());
            }

            lines.Add("");
        }

        return lines;
    }

    /// <summary>Returns the lines of a cell. All lines have the same visible width, which excludes color codes.</summary>
    private static List<string> Cell(Clip frame, PreviewCell cell, int width, TerminalColors colors)
    {
        // One character per pixel avoids blur, if there is room.
        var shown = frame.Width <= width ? frame : Resample.Resize(frame, Math.Max(1, frame.Height * width / frame.Width), width);
        var caption = TerminalText.Plain($"{cell.Number}: {cell.Caption ?? Path.GetFileName(cell.Path)}");
        return
        [
            .. HalfBlocks.Lines(shown, colors).Select(line => line + new string(' ', width - shown.Width)),
            .. BitmapFont.Wrap(caption, width).Take(MaxCaptionLines).Select(line => line.PadRight(width)),
        ];
    }
}
