using System.Globalization;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Training.Requests;

/// <summary>Hours of every day, local time; they may go over midnight.</summary>
public sealed record TimeWindow(TimeOnly From, TimeOnly To)
{
    /// <summary>The formats in which a time of day may be written.</summary>
    internal static readonly string[] Formats = ["H:mm", "HH:mm", "H:mm:ss", "HH:mm:ss"];

    /// <param name="text">22:00-06:30, for example.</param>
    /// <exception cref="TinySoraException">BadHours.</exception>
    public static TimeWindow Parse(string text)
    {
        var times = text.Split('-', StringSplitOptions.TrimEntries)
            .Select(part => TimeOnly.TryParseExact(part, Formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : (TimeOnly?)null)
            .ToList();
        return times is [TimeOnly from, TimeOnly to] && from != to ? new TimeWindow(from, to) : throw TrainingErrors.BadHours(text);
    }

    /// <summary>When the window that is open at a time closes; null where none is open.</summary>
    public DateTime? EndAt(DateTime now) => TimeOnly.FromDateTime(now).IsBetween(From, To) ? Next(To, now) : null;

    /// <summary>The next moment at a time of day.</summary>
    internal static DateTime Next(TimeOnly time, DateTime now)
    {
        var today = now.Date + time.ToTimeSpan();
        return today > now ? today : today.AddDays(1);
    }

    /// <summary>The time that passes between two local times: not what the clock tells where one of them is in summer time.</summary>
    internal static TimeSpan Passing(DateTime from, DateTime to, TimeZoneInfo zone) => to - from + zone.GetUtcOffset(from) - zone.GetUtcOffset(to);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{From:HH\\:mm}-{To:HH\\:mm}");
}
