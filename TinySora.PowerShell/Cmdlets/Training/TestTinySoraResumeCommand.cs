using System.Management.Automation;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Training.Requests;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Training;

/// <summary>Tests whether a run that is stopped and resumed is bitwise identical to an uninterrupted run, on this machine and with this data.</summary>
[Cmdlet(VerbsDiagnostic.Test, "TinySoraResume", HelpUri = HelpPages.Root + "Test-TinySoraResume.md")]
[OutputType(typeof(ResumeVerdict))]
public sealed class TestTinySoraResumeCommand : TrialCmdlet
{
    [Parameter]
    [ValidateRange(2, 100_000)]
    [Number(IsWhole = true)]
    public int Steps { get; set; } = 6;

    [Parameter]
    [Number(IsWhole = true)]
    public int? StopAt { get; set; }

    private protected override void Attempt(string config, TrainingRequest request) => RunWork(FailureEndsPipeline, (writer, cancellation) =>
    {
        var observer = new TrialProgressBar(writer, "Testing resumption");
        observer.Starting("loading libtorch");
        writer.Output(ResumeCheck.Run(request, config, Steps, StopAt ?? Steps / 2, observer, cancellation));
    });
}
