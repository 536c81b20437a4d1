namespace TinySora.PowerShell.Completers;

/// <summary>Hours in which runs are often let train, which show how they are written.</summary>
public sealed class HoursCompleter : NameCompleter
{
    protected override IEnumerable<string> Names => ["22:00-06:30", "18:00-08:00", "12:00-13:00"];

    protected override string TipOf(string name) => "from when to when on every day, local time";
}
