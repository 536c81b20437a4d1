using System.Management.Automation;

namespace TinySora.Host.Output;

/// <summary>Progress for logs: one plain line per activity, at most every ten seconds.</summary>
internal sealed class ProgressLines(TextWriter writer, TimeProvider clock) : IProgressView
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Dictionary<(long Source, int Activity), long> lastShown = [];

    public static string Describe(ProgressRecord record)
    {
        var percent = record.PercentComplete >= 0 ? $", {record.PercentComplete} %" : "";
        var left = record.SecondsRemaining >= 0 ? $", {TimeSpan.FromSeconds(record.SecondsRemaining):c} left" : "";
        return $"{record.Activity}: {record.StatusDescription}{percent}{left}";
    }

    public void Show(long source, ProgressRecord record)
    {
        (long, int) key = (source, record.ActivityId);
        if (record.RecordType == ProgressRecordType.Completed)
        {
            lastShown.Remove(key);
        }
        else if (!lastShown.TryGetValue(key, out var last) || clock.GetElapsedTime(last) >= Interval)
        {
            lastShown[key] = clock.GetTimestamp();
            writer.WriteLine(Describe(record));
        }
    }

    public void Hide()
    {
    }
}
