using System.ComponentModel;
using System.Management.Automation;
using TinySora.Host.Execution;
using TinySora.Host.Output;

namespace TinySora.Host.Commands;

/// <summary>Writes each object as a list of its properties.</summary>
[Cmdlet(VerbsCommon.Format, "List")]
[Description("Writes each object as a list of its properties.")]
[Alias("fl")]
[OutputType(typeof(string))]
public sealed class FormatListCommand : PSCmdlet, IHostCommand
{
    private HostSession session = null!;

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
        if (InputObject is null)
        {
            return;
        }

        WriteObject("");
        foreach (var (label, text) in ListText.Lines(InputObject, Fields(InputObject)))
        {
            WriteObject($"{label} : {text}");
        }
    }

    private IReadOnlyList<FormatField> Fields(PSObject value) =>
        Property is not null ? [.. PropertyPatterns.Expand(Property, value).Select(n => new FormatField(n, n))]
        : session.Views.For(value, isTable: false) is { } view ? view.Fields
        : [.. value.Properties.Select(p => new FormatField(p.Name, p.Name))];
}
