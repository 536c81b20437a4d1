using System.Management.Automation;

namespace TinySora.Host.Output;

/// <summary>Rows under a heading, as wide as the first rows need.</summary>
/// <param name="fields">The columns.</param>
/// <param name="width">Characters of a line; 0: no limit.</param>
internal sealed class TableText(IReadOnlyList<FormatField> fields, int width)
{
    private const int Narrowest = 5;

    private readonly List<(string Text, bool Right)[]> waiting = [];
    private int[]? widths;
    private bool[] right = [];

    /// <summary>The header was written, so rows go out as they come.</summary>
    public bool HasStarted => widths is not null;

    public void Add(PSObject row) => waiting.Add([.. fields.Select(f =>
    {
        var value = row.Properties[f.Property]?.Value;
        var onRight = f.Alignment == Alignment.Undefined ? CellText.IsRightAligned(value) : f.Alignment == Alignment.Right;
        return (CellText.Of(value, f.Format), onRight);
    })]);

    /// <summary>The lines for the rows that came since the last call; the first call adds the heading.</summary>
    public IEnumerable<(string Text, bool IsHeader)> Take()
    {
        if (waiting.Count == 0)
        {
            yield break;
        }

        if (widths is null)
        {
            widths = Fit([.. fields.Select((f, i) =>
                f.Width > 0 ? f.Width : Math.Max(f.Label.Length, waiting.Max(r => r[i].Text.Length)))]);
            right = [.. fields.Select((_, i) => waiting[0][i].Right)];
            yield return ("", false);
            yield return (Line([.. fields.Select(f => f.Label)]), true);
            yield return (Line([.. fields.Select(f => new string('-', f.Label.Length))]), true);
        }

        foreach (var row in waiting)
        {
            yield return (Line([.. row.Select(c => c.Text)]), false);
        }

        waiting.Clear();
    }

    private int[] Fit(int[] wanted)
    {
        while (width > 0 && wanted.Sum() + wanted.Length - 1 > width && wanted.Max() > Narrowest)
        {
            wanted[Array.IndexOf(wanted, wanted.Max())]--;
        }

        return wanted;
    }

    private string Line(IReadOnlyList<string> cells) => string.Join(' ', cells.Select(Cell)).TrimEnd();

    private string Cell(string text, int column)
    {
        var room = widths![column];
        var cut = text.Length > room && (width > 0 || fields[column].Width > 0);
        var shown = cut ? $"{text[..(room - 1)]}\u2026" : text;
        return right[column] ? shown.PadLeft(room)
            : fields[column].Alignment == Alignment.Center ? shown.PadLeft((room + shown.Length) / 2).PadRight(room)
            : shown.PadRight(room);
    }
}
