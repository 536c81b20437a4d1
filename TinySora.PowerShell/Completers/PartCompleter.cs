using TinySora.Engine.Configuration;

namespace TinySora.PowerShell.Completers;

/// <summary>The trainings that a configuration of a published program may be for.</summary>
public sealed class PartCompleter : NameCompleter
{
    protected override IEnumerable<string> Names => ConfigDialect.All.SelectMany(dialect => dialect.Parts).Distinct();
}
