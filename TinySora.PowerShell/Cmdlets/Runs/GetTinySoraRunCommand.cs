using System.Management.Automation;
using TinySora.Engine.Runs;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Lists training runs, live or past.</summary>
[Cmdlet(VerbsCommon.Get, "TinySoraRun", DefaultParameterSetName = "Path")]
[OutputType(typeof(TrainingRun))]
public sealed class GetTinySoraRunCommand : RunCmdlet
{
    protected override void ProcessRun(string folder)
    {
        foreach (var run in Try(() => TrainingRun.List(folder)) ?? [])
        {
            WriteObject(run);
        }
    }
}
