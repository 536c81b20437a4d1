using System.ComponentModel;
using System.Management.Automation;
using TinySora.Host.Execution;
using TinySora.Host.Output;

namespace TinySora.Host.Commands;

/// <summary>Writes objects as the lines of a table.</summary>
[Cmdlet(VerbsCommon.Format, "Table")]
[Description("Writes objects as the lines of a table.")]
[Alias("ft")]
[OutputType(typeof(string))]
public sealed class FormatTableCommand : PSCmdlet, IHostCommand
{
    private HostSession session = null!;
    private TableText? table;

    HostSession IHostCommand.Session
    {
        set => session = value;
    }

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public string[]? Property { get; set; }

    protected override void ProcessRecord()
    {
        if (InputObject is not null)
        {
            table ??= new TableText(Fields(InputObject), width: 0);
            table.Add(InputObject);
        }
    }

    protected override void EndProcessing()
    {
        foreach (var (text, _) in table?.Take() ?? [])
        {
            WriteObject(text);
        }
    }

    private IReadOnlyList<FormatField> Fields(PSObject first) =>
        Property is not null ? [.. PropertyPatterns.Expand(Property, first).Select(n => new FormatField(n, n))]
        : session.Views.For(first, isTable: true) is { } view ? view.Fields
        : [.. first.Properties.Select(p => new FormatField(p.Name, p.Name))];
}
