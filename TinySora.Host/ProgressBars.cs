using System.Management.Automation;
using System.Management.Automation.Host;

namespace TinySora.Host;

/// <summary>Progress in a terminal: a line for each activity below everything else, as PowerShell's minimal view has it.</summary>
internal sealed class ProgressBars
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly SortedDictionary<(long Source, int Activity), ProgressRecord> active = [];
    private readonly TimeProvider clock = TimeProvider.System;
    private long lastDrawn;
    private int linesDrawn;

    public void Show(long source, ProgressRecord record)
    {
        (long, int) key = (source, record.ActivityId);
        var changed = record.RecordType == ProgressRecordType.Completed ? active.Remove(key) : active.TryAdd(key, record);
        if (record.RecordType == ProgressRecordType.Processing)
        {
            active[key] = record;
        }

        if (changed || clock.GetElapsedTime(lastDrawn) >= Interval)
        {
            Hide();
            Draw();
        }
    }

    public void End()
    {
        Hide();
        active.Clear();
    }

    public void Hide()
    {
        if (linesDrawn > 0)
        {
            // To the first bar's line, then clear to the end of the screen.
            Console.Out.Write($"\r\u001b[{linesDrawn}A\u001b[J");
            linesDrawn = 0;
        }
    }

    private void Draw()
    {
        lastDrawn = clock.GetTimestamp();
        foreach (var record in active.Values)
        {
            Console.Out.WriteLine(PSHostUserInterface.GetOutputString(Line(record, Math.Max(20, Console.WindowWidth - 1)), supportsVirtualTerminal: true));
            linesDrawn++;
        }
    }

    /// <summary>What is done of it is shown in reverse; at its end the seconds that are left.</summary>
    internal static string Line(ProgressRecord record, int width)
    {
        var style = PSStyle.Instance;
        var left = record.SecondsRemaining >= 0 ? $" {record.SecondsRemaining}s" : "";
        var activity = Cut(record.Activity, width / 2);
        var room = Math.Min(width, style.Progress.MaxWidth) - activity.Length - 3;
        var text = Cut(record.StatusDescription, room - left.Length).PadRight(Math.Max(0, room - left.Length)) + left;
        var done = Math.Clamp(record.PercentComplete, 0, 100) * text.Length / 100;
        return $"{style.Progress.Style}{activity} [{style.Reverse}{text[..done]}{style.ReverseOff}{text[done..]}]{style.Reset}";
    }

    private static string Cut(string text, int room)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= room ? line : room < 1 ? "" : $"{line[..(room - 1)]}\u2026";
    }
}
