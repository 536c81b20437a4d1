using System.Globalization;

namespace TinySora.PowerShell.Completers;

/// <summary>One goal of each kind at which a run may stop, which show how goals are written.</summary>
public sealed class GoalCompleter : NameCompleter
{
    private static readonly Dictionary<string, string> Goals = new()
    {
        ["3000"] = "after so many steps in all",
        ["loss 0.05"] = "when the smoothed loss is as low",
        ["06:30"] = "the next time that it is so late",
    };

    private static string Tomorrow => DateTime.Today.AddDays(1).AddHours(18).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    protected override IEnumerable<string> Names => Goals.Keys.Append(Tomorrow);

    protected override string TipOf(string name) => Goals.GetValueOrDefault(name, "on a day at a time of day");
}
