using TinySora.Engine.Media.Files;

namespace TinySora.PowerShell.Completers;

/// <summary>The formats that videos can be written in.</summary>
public sealed class FormatCompleter : NameCompleter
{
    protected override IEnumerable<string> Names => ClipFile.WritableExtensions.Select(e => e[1..]);
}
