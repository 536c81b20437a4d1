using static System.FormattableString;

namespace TinySora.Engine.Training;

/// <summary>Formats time spans with their two largest units, such as "1 h 30 min".</summary>
internal static class Durations
{
    /// <summary>Returns the text for a time, rounded to the smaller unit. The rounded time decides the units: 59.96 s is "1 min 0 s", not "60.0 s".</summary>
    public static string Text(TimeSpan time)
    {
        var (tenths, seconds) = (Round(TimeSpan.TicksPerSecond / 10), Round(TimeSpan.TicksPerSecond));
        var (minutes, hours) = (Round(TimeSpan.TicksPerMinute), Round(TimeSpan.TicksPerHour));
        return tenths.TotalMinutes < 1 ? Invariant($"{tenths.TotalSeconds:0.0} s")
            : seconds.TotalHours < 1 ? Invariant($"{seconds.Minutes} min {seconds.Seconds} s")
            : minutes.TotalDays < 1 ? Invariant($"{minutes.Hours} h {minutes.Minutes} min")
            : Invariant($"{hours.Days} d {hours.Hours} h");

        TimeSpan Round(long unit) => new((long)Math.Round(time.Ticks / (double)unit, MidpointRounding.AwayFromZero) * unit);
    }
}
