using System.Management.Automation;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Runs.Session;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Runs;

/// <summary>Lists current and past training runs, once or repeatedly until they end.</summary>
[Cmdlet(VerbsCommon.Get, "TinySoraRun", DefaultParameterSetName = "Path", HelpUri = HelpPages.Root + "Get-TinySoraRun.md")]
[OutputType(typeof(TrainingRun))]
public sealed class GetTinySoraRunCommand : RunCmdlet
{
    private readonly List<string> watched = [];

    [Parameter(Mandatory = true, ParameterSetName = "Queue")]
    public SwitchParameter Queue { get; set; }

    [Parameter]
    public SwitchParameter Watch { get; set; }

    [Parameter]
    [ValidateRange(0.1, 86_400.0)]
    [Number]
    public double Interval { get; set; } = 2;

    private protected override bool TakesManyRuns => true;

    protected override void ProcessRecord()
    {
        if (Queue)
        {
            QueueFolder.Mine.Unread().ToList().ForEach(WriteWarning);
            var queued = QueueOperations.List(QueueFolder.Mine);
            if (queued.Count == 0)
            {
                Terminal.Show(this, ["No runs are queued."]);
            }

            Write(queued);
        }
        else
        {
            base.ProcessRecord();
        }
    }

    protected override void ProcessRun(string folder) => Write(Try(() => TrainingRun.List(folder)) ?? []);

    private void Write(IReadOnlyList<TrainingRun> runs)
    {
        foreach (var run in runs)
        {
            if (Watch)
            {
                watched.Add(run.ResultsPath);
            }
            else
            {
                WriteObject(run);
            }
        }
    }

    protected override void EndProcessing() => RunWork(failureEndsPipeline: false, (writer, cancellation) =>
    {
        writer.OutputAll(RunWatch.Poll(watched, TimeSpan.FromSeconds(Interval), cancellation).SelectMany(runs => runs));
    });
}
