namespace TinySora.PowerShell.Completers;

/// <summary>Times that runs are often given, which show how a time is written.</summary>
public sealed class BudgetCompleter : NameCompleter
{
    protected override IEnumerable<string> Names => ["3min", "10min", "30min", "1h", "2.5h", "8h"];
}
