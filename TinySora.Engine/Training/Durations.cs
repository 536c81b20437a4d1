using static System.FormattableString;

namespace TinySora.Engine.Training;

/// <summary>Formats time spans with their two largest units, such as "1 h 30 min".</summary>
internal static class Durations
{
    public static string Text(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => Invariant($"{(int)time.TotalDays} d {time.Hours} h"),
        { TotalHours: >= 1 } => Invariant($"{time.Hours} h {time.Minutes} min"),
        { TotalMinutes: >= 1 } => Invariant($"{time.Minutes} min {time.Seconds} s"),
        _ => Invariant($"{time.TotalSeconds:0.0} s"),
    };
}
