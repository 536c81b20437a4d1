using System.Management.Automation;
using Spectre.Console;

namespace TinySora.Host.Output;

/// <summary>Progress for terminals: one bar per activity below everything else, redrawn a few times a second.</summary>
internal sealed class ProgressBars(IAnsiConsole console, TimeProvider clock) : IProgressView
{
    private const char Bar = '\u2501';
    private const int BarWidth = 24;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly SortedDictionary<(long Source, int Activity), ProgressRecord> active = [];
    private long lastDrawn;
    private int linesDrawn;

    public void Show(long source, ProgressRecord record)
    {
        (long, int) key = (source, record.ActivityId);
        var changed = record.RecordType == ProgressRecordType.Completed ? active.Remove(key) : !active.ContainsKey(key);
        if (record.RecordType == ProgressRecordType.Processing)
        {
            active[key] = record;
        }

        if (changed || linesDrawn == 0 || clock.GetElapsedTime(lastDrawn) >= Interval)
        {
            Hide();
            Draw();
        }
    }

    public void Hide()
    {
        if (linesDrawn > 0)
        {
            // To the first bar's line, then clear to the end of the screen.
            console.Write(new ControlCode($"\r\u001b[{linesDrawn}A\u001b[J"));
            linesDrawn = 0;
        }
    }

    private void Draw()
    {
        lastDrawn = clock.GetTimestamp();
        foreach (var record in active.Values)
        {
            var text = ProgressLines.Describe(record).ReplaceLineEndings(" ");
            var room = Math.Max(10, console.Profile.Width - BarWidth - 4);
            var shown = text.Length > room ? $"{text[..(room - 1)]}\u2026" : text;
            var filled = Math.Clamp(record.PercentComplete, 0, 100) * BarWidth / 100;
            var (done, rest) = (new string(Bar, filled), new string(Bar, BarWidth - filled));
            console.MarkupLine($"[green]{done}[/][grey]{rest}[/] {Markup.Escape(shown)}");
            linesDrawn++;
        }
    }
}
