using System.Management.Automation;
using TinySora.Engine.Runs;

namespace TinySora.PowerShell.Cmdlets.Runs;

/// <summary>Ends a live run with a checkpoint, and returns when it has ended.</summary>
[Cmdlet(VerbsLifecycle.Stop, "TinySoraRun", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Stop-TinySoraRun.md")]
[OutputType(typeof(TrainingRun))]
public sealed class StopTinySoraRunCommand : RunStateCmdlet
{
    private protected override RunRequest Request => new(RunAction.Stop);

    private protected override string Action => "Save and stop training";

    private protected override object? Result(string folder, RunAnswer answer, CancellationToken cancellation)
    {
        RunClient.WaitForEnd(folder, cancellation);
        return base.Result(folder, answer, cancellation);
    }
}
