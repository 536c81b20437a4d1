using Microsoft.PowerShell.Commands.Internal.Format;

namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Format, "Table")]
public sealed class FormatTableCommand : OuterFormatTableBase
{
    public FormatTableCommand() => Internals.Formats(this, "Table");
}
