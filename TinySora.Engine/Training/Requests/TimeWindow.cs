using System.Globalization;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Training.Requests;

/// <summary>A daily period in local time, which may extend past midnight.</summary>
public sealed record TimeWindow(TimeOnly From, TimeOnly To)
{
    /// <summary>Accepted formats of a time of day, in .NET notation.</summary>
    internal static readonly string[] Formats = ["H:mm", "HH:mm", "H:mm:ss", "HH:mm:ss"];

    /// <param name="text">A text such as 22:00-06:30.</param>
    /// <exception cref="TinySoraException">BadHours.</exception>
    public static TimeWindow Parse(string text)
    {
        var times = text.Split('-', StringSplitOptions.TrimEntries)
            .Select(part => TimeOnly.TryParseExact(part, Formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : (TimeOnly?)null)
            .ToList();
        return times is [TimeOnly from, TimeOnly to] && from != to ? new TimeWindow(from, to) : throw TrainingErrors.BadHours(text);
    }

    /// <summary>Returns the time at which the window closes if it is open at a given time; otherwise <c>null</c>.</summary>
    public DateTime? EndAt(DateTime now) => TimeOnly.FromDateTime(now).IsBetween(From, To) ? Next(To, now) : null;

    /// <summary>Returns the next occurrence of a time of day.</summary>
    internal static DateTime Next(TimeOnly time, DateTime now)
    {
        var today = now.Date + time.ToTimeSpan();
        return today > now ? today : today.AddDays(1);
    }

    /// <summary>Returns the time that passes between two local times, taking changes to and from daylight saving time into account.</summary>
    internal static TimeSpan Passing(DateTime from, DateTime to, TimeZoneInfo zone) => to - from + zone.GetUtcOffset(from) - zone.GetUtcOffset(to);

    /// <summary>Returns the text that <see cref="Parse"/> accepts, with seconds if there are any.</summary>
    public override string ToString()
    {
        return $"{Text(From)}-{Text(To)}";

        static string Text(TimeOnly time) => time.ToString(time.Second == 0 ? "HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture);
    }
}
