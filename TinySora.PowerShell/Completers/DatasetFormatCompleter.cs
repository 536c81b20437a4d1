namespace TinySora.PowerShell.Completers;

/// <summary>The formats that the clips of a dataset can have.</summary>
public sealed class DatasetFormatCompleter : NameCompleter
{
    protected override IEnumerable<string> Names => ["gif", "mp4"];
}
