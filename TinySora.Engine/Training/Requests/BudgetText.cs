using System.Globalization;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Training.Requests;

/// <summary>Parses a time budget: '10min', '2.5h', '1h 30min', '45s', '2d' or '00:10:00'.</summary>
public static partial class BudgetText
{
    private static readonly string[] ClockForms = ["c", @"h\:mm\:ss"];

    /// <returns>Number of minutes, greater than 0.</returns>
    /// <exception cref="TinySoraException">BadBudget.</exception>
    public static double Minutes(string text)
    {
        var seconds = TimeSpan.TryParseExact(text.Trim(), ClockForms, CultureInfo.InvariantCulture, out var clock) && text.Count(letter => letter == ':') == 2
            ? clock.TotalSeconds
            : Form().Match(text) is { Success: true } match
            ? match.Groups[1].Captures.Zip(match.Groups[2].Captures).Sum(part =>
                double.Parse(part.First.Value, CultureInfo.InvariantCulture) * Seconds(part.Second.Value))
            : 0;
        return seconds > 0 && double.IsFinite(seconds) ? seconds / 60 : throw TrainingErrors.BadBudget(text);
    }

    private static int Seconds(string unit) => char.ToLowerInvariant(unit[0]) switch { 'd' => 86400, 'h' => 3600, 'm' => 60, _ => 1 };

    [GeneratedRegex(
        @"^(?:\s*([0-9]+(?:\.[0-9]+)?)\s*(d|days?|h|hours?|m|min|minutes?|s|sec|seconds?)(?![a-z]))+\s*$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
