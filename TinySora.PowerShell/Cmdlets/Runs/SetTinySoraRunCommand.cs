using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Control;
using TinySora.Engine.Runs.Queue;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Runs;

/// <summary>Changes the learning rate of a run that is running or paused, the position of a queued run, and the tags and note of any run.</summary>
[Cmdlet(VerbsCommon.Set, "TinySoraRun", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Set-TinySoraRun.md")]
[OutputType(typeof(TrainingRun))]
public sealed class SetTinySoraRunCommand : RunStateCmdlet
{
    [Parameter]
    [Number]
    public double? LearningRate { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(TagCompleter))]
    [ValidateNotNull]
    public string[]? Tag { get; set; }

    [Parameter]
    [ValidateNotNull]
    public string? Note { get; set; }

    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [Number(IsWhole = true)]
    public int? Position { get; set; }

    private protected override RunRequest Request => new(RunAction.SetLearningRate) { LearningRate = LearningRate };

    private protected override string Action => FormattableString.Invariant($"Set the learning rate to {LearningRate}");

    protected override void BeginProcessing()
    {
        if (LearningRate is null && Tag is null && Note is null && Position is null)
        {
            ThrowTerminatingError(ErrorRecords.From(InputErrors.NothingToSet()));
        }

        // @() removes all tags; an unset variable does not.
        if (Tag is { Length: > 0 } && Tag.All(string.IsNullOrWhiteSpace))
        {
            ThrowTerminatingError(ErrorRecords.EmptyArgument(nameof(Tag)));
        }
    }

    protected override void ProcessRun(string folder)
    {
        foreach (var run in Tag is null && Note is null ? [] : Try(() => TrainingRun.List(folder)) ?? [])
        {
            if (ShouldProcess(run.ResultsPath, "Write tags and note"))
            {
                Try(() => new RunNotes(Tag, Note).Update(run.ResultsPath));
            }
        }

        if (Position is int position)
        {
            Try(() => Move(folder, position));
        }

        if (LearningRate is not null)
        {
            base.ProcessRun(folder);
        }
        else if (PassThru && TrainingRun.AreIn(folder))
        {
            WriteObject(TrainingRun.List(folder), enumerateCollection: true);
        }
    }

    private void Move(string folder, int position)
    {
        var queue = QueueFolder.Mine;
        if (queue.Find(folder) is not QueuedRun run || queue.IsAtWork(run))
        {
            throw TrainingErrors.NotQueued(folder);
        }

        if (ShouldProcess(folder, $"Move to position {position} in the queue"))
        {
            queue.Move(run, position);
        }
    }
}
