using System.Diagnostics;

namespace TinySora.Commands;

[Cmdlet(VerbsDiagnostic.Measure, "Command")]
[OutputType(typeof(TimeSpan))]
public sealed class MeasureCommandCommand : PSCmdlet
{
    private readonly Stopwatch watch = new();

    [Parameter(Position = 0, Mandatory = true)]
    public ScriptBlock Expression { get; set; } = ScriptBlock.Create("");

    protected override void ProcessRecord()
    {
        watch.Start();
        InvokeCommand.InvokeScript(useLocalScope: false, Expression, null);
        watch.Stop();
    }

    protected override void EndProcessing() => WriteObject(watch.Elapsed);
}
