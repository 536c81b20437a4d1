using System.Management.Automation;

namespace TinySora.Host.Output;

/// <summary>Rows under a heading, as wide as the first rows need.</summary>
/// <param name="fields">The columns.</param>
/// <param name="width">Characters of a line; 0: no limit.</param>
/// <param name="colored">Whether states have their colours.</param>
internal sealed class TableText(IReadOnlyList<FormatField> fields, int width, bool colored = false)
{
    private const string Reset = "\u001b[0m";

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
        var text = CellText.Of(value, f.Format);
        return (f.Shown == ShownAs.Path && width > 0 ? FromHere(text) : text, onRight);
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

    private static string FromHere(string path)
    {
        var relative = path.Length == 0 ? path : Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.Length == 0 || relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative) ? path : Path.Combine(".", relative);
    }

    private static string? ColorOf(string state) => state switch
    {
        "Starting" or "Running" => "\u001b[32m",
        "Paused" => "\u001b[33m",
        "Failed" or "Interrupted" => "\u001b[31m",
        _ => null,
    };

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
        var end = fields[column].Shown == ShownAs.Path ? (room - 1) * 2 / 3 : 0;
        var shown = cut ? $"{text[..(room - 1 - end)]}\u2026{text[^end..]}" : text;
        var color = colored && fields[column].Shown == ShownAs.State ? ColorOf(text) : null;
        return color is not null ? $"{color}{shown}{Reset}{new string(' ', Math.Max(0, room - shown.Length))}"
            : right[column] ? shown.PadLeft(room)
            : fields[column].Alignment == Alignment.Center ? shown.PadLeft((room + shown.Length) / 2).PadRight(room)
            : shown.PadRight(room);
    }
}
