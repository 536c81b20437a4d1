using TinySora.Engine.Errors;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Runs.Session;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Jobs;

namespace TinySora.PowerShell.Cmdlets.Training;

/// <content>Queued runs.</content>
public sealed partial class StartTinySoraTrainingCommand
{
    private bool hasQueued;
    private bool cannotServe;

    protected override void EndProcessing()
    {
        if (hasQueued)
        {
            QueueFolder.Mine.Unread().ToList().ForEach(WriteWarning);
        }
    }

    /// <summary>Adds the runs of the current row to the queue.</summary>
    /// <exception cref="TinySoraException">NotWithQueue; errors from <see cref="Planned"/> and <see cref="QueueOperations.Add"/>.</exception>
    private void QueueRow()
    {
        string[] unfit = [nameof(AsJob), nameof(PassThru), nameof(OnEvent), nameof(FromStep)];
        if (unfit.FirstOrDefault(IsGiven) is string parameter)
        {
            throw InputErrors.NotWithQueue(parameter);
        }

        var plan = Planned();
        foreach (var (cell, request) in plan.Cells.Zip(plan.Requests))
        {
            var what = request.Offers is null ? plan.Config : $"the preset that -Budget {Budget} will choose";
            if (ShouldProcess(request.ResultsPath, $"Queue a run of {what}{(Force ? " and move earlier files aside" : "")}")
                && MayWriteTo(request, plan.Config))
            {
                var place = QueueOperations.Add(
                    QueueFolder.Mine,
                    new QueuedRun
                    {
                        Request = request,
                        Threads = ThreadCount,
                        Processes = Processes ?? 1,
                        SummaryPath = plan.Summary is null || cell.Name.Length == 0 ? plan.Summary : TrainingWork.SummaryOf(plan.Summary, cell.Name),
                        NotifyUri = NotifyUri,
                        NotifyOn = NotifyOn,
                    },
                    WriteVerbose);
                hasQueued = true;

                // Start serving the queue now, because a later command or an error may end the pipeline after this row.
                cannotServe = cannotServe || !Try(QueueProcess.Serve);
                WriteObject(place);
            }
        }
    }
}
