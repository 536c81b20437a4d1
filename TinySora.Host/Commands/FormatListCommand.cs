using Microsoft.PowerShell.Commands.Internal.Format;

namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Format, "List")]
public sealed class FormatListCommand : OuterFormatTableAndListBase
{
    public FormatListCommand() => Internals.Formats(this, "List");
}
