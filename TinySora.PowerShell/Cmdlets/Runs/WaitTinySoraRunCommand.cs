using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Runs;

/// <summary>Waits until runs have ended, in this process or another, and writes each run when it ends.</summary>
[Cmdlet(VerbsLifecycle.Wait, "TinySoraRun", DefaultParameterSetName = "Path", HelpUri = HelpPages.Root + "Wait-TinySoraRun.md")]
[OutputType(typeof(TrainingRun))]
public sealed class WaitTinySoraRunCommand : RunCmdlet
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly List<string> folders = [];

    /// <summary>Timeout in seconds, as in PowerShell's own cmdlets.</summary>
    [Parameter]
    [Alias("TimeoutSec")]
    [ValidateRange(0.0, 1e9)]
    [Number]
    public double? Timeout { get; set; }

    protected override void ProcessRun(string folder) =>
        folders.AddRange((Try(() => TrainingRun.List(folder)) ?? []).Select(run => run.ResultsPath).Except(folders));

    protected override void EndProcessing() => RunWork(failureEndsPipeline: false, (writer, cancellation) =>
    {
        var end = Timeout is double seconds ? DateTime.UtcNow.AddSeconds(seconds) : DateTime.MaxValue;
        foreach (var runs in RunWatch.Poll(folders, Interval, cancellation))
        {
            writer.OutputAll(runs.Where(run => run.HasEnded));

            List<TrainingRun> live = [.. runs.Where(run => !run.HasEnded)];
            if (live.Count > 0 && DateTime.UtcNow >= end)
            {
                live.ForEach(run => writer.Error(TrainingErrors.StillLive(run.ResultsPath, run.Step, run.TotalSteps)));
                return;
            }

            Show(live, writer);
        }
    });

    /// <summary>Shows the progress of the run with the longest remaining time.</summary>
    private static void Show(List<TrainingRun> live, PipelineWriter writer)
    {
        if (live.MaxBy(run => run.Remaining ?? TimeSpan.Zero) is TrainingRun last)
        {
            var more = live.Count == 1 ? "" : $" and {live.Count - 1} more";
            var loss = last.Loss is double value ? FormattableString.Invariant($", loss {value:0.0000}") : "";
            writer.Progress(
                $"Waiting for {System.IO.Path.GetFileName(last.ResultsPath)}{more}", $"step {last.Step} of {last.TotalSteps}{loss}",
                last.TotalSteps > 0 ? (double)last.Step / last.TotalSteps : 0, last.Remaining);
        }
    }
}
