
namespace TinySora.Help;

/// <summary>Formats a table as plain text, with columns if they fit in a line, otherwise with one paragraph per row.</summary>
internal static class TextTable
{
    private const string Gap = "  ";

    /// <param name="rows">Rows, starting with the heading.</param>
    public static IEnumerable<string> Render(IReadOnlyList<string[]> rows, int width)
    {
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(r => r[column].Length))];
        return widths.Sum() + (Gap.Length * (widths.Length - 1)) <= width ? Columns(rows, widths) : Paragraphs(rows, width);
    }

    private static IEnumerable<string> Columns(IReadOnlyList<string[]> rows, int[] widths)
    {
        yield return Line(rows[0]);
        yield return Line([.. rows[0].Select(heading => new string('-', heading.Length))]);
        foreach (var row in rows.Skip(1))
        {
            yield return Line(row);
        }

        string Line(string[] cells) => string.Join(Gap, cells.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd();
    }

    /// <summary>Puts the first cell on its own line, and the other cells indented below it, labeled if there are several.</summary>
    private static IEnumerable<string> Paragraphs(IReadOnlyList<string[]> rows, int width)
    {
        foreach (var row in rows.Skip(1))
        {
            yield return row[0];
            foreach (var (heading, cell) in rows[0].Zip(row).Skip(1).Where(c => c.Second.Length > 0))
            {
                foreach (var line in AboutTopic.Wrap(row.Length > 2 ? $"{heading}: {cell}" : cell, width, "    ", "      "))
                {
                    yield return line;
                }
            }
        }
    }
}
