using System.Globalization;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Training.Requests;

/// <summary>Goals of a run. The run ends when it reaches the first of them; a goal that is <c>null</c> is not set.</summary>
/// <param name="Steps">Total number of optimizer steps, instead of <c>train_num_steps</c>.</param>
/// <param name="Loss">Smoothed loss, as shown in checkpoints and progress.</param>
/// <param name="Time">Local time at which to end.</param>
public sealed partial record TrainingGoal(int? Steps = null, double? Loss = null, DateTime? Time = null)
{
    private const int FarthestYears = 100;

    /// <summary>Parses goals such as '3000' (steps), 'loss 0.05', '06:30' (the next time it is 06:30) or '2026-12-24 18:00'.</summary>
    /// <param name="now">Current time. A time of day means its next occurrence after this time.</param>
    /// <exception cref="TinySoraException">BadGoal.</exception>
    public static TrainingGoal Parse(IEnumerable<string> texts, DateTime now)
    {
        var goal = new TrainingGoal();
        foreach (var text in texts)
        {
            var one = Parse(text, now);
            goal = new TrainingGoal(Least(goal.Steps, one.Steps), Least(one.Loss, goal.Loss), Least(goal.Time, one.Time));
        }

        return goal;
    }

    private static TrainingGoal Parse(string text, DateTime now)
    {
        var invariant = CultureInfo.InvariantCulture;
        if (int.TryParse(text.Trim(), NumberStyles.None, invariant, out var steps) && steps > 0)
        {
            return new TrainingGoal(Steps: steps);
        }

        if (LossPattern().Match(text) is { Success: true } match
            && double.TryParse(match.Groups[1].Value, NumberStyles.Float, invariant, out var loss) && loss > 0 && double.IsFinite(loss))
        {
            return new TrainingGoal(Loss: loss);
        }

        if (TimeOnly.TryParseExact(text.Trim(), TimeWindow.Formats, invariant, DateTimeStyles.None, out var time))
        {
            return new TrainingGoal(Time: TimeWindow.Next(time, now));
        }

        // Use exact formats, because .NET would otherwise parse 2.5 as a day in February, and 6 AM as a time today.
        if (double.TryParse(text, invariant, out _)
            || !DateTime.TryParse(text, invariant, DateTimeStyles.AssumeLocal | DateTimeStyles.NoCurrentDateDefault, out var date))
        {
            throw TrainingErrors.BadGoal(text);
        }

        // A year of the Buddhist or Hijri calendar, centuries from now, is not an ISO 8601 year.
        return date.Date == DateTime.MinValue ? new TrainingGoal(Time: TimeWindow.Next(TimeOnly.FromDateTime(date), now))
            : Math.Abs(date.Year - now.Year) < FarthestYears ? new TrainingGoal(Time: date)
            : throw TrainingErrors.BadGoal(text);
    }

    private static T? Least<T>(T? a, T? b)
        where T : struct, IComparable<T> => a is null ? b : b is null || a.Value.CompareTo(b.Value) < 0 ? a : b;

    [GeneratedRegex(@"^\s*loss\s*(?:<=?|=|:)?\s*(\S+)\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex LossPattern();
}
