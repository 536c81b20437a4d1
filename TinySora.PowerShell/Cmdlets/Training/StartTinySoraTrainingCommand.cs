using System.Collections;
using System.Management.Automation;
using TinySora.Engine.Runs.Display;
using TinySora.Engine.Runs.Launched;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Results;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Cmdlets.Generation;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Jobs;

namespace TinySora.PowerShell.Cmdlets.Training;

/// <summary>
/// Trains a model: starts a run in an empty results folder, resumes a run with the same configuration, and rejects a run with a
/// different one. Ctrl+C saves a checkpoint first.
/// </summary>
[Cmdlet(VerbsLifecycle.Start, "TinySoraTraining", SupportsShouldProcess = true, DefaultParameterSetName = ContinueSet,
    HelpUri = HelpPages.Root + "Start-TinySoraTraining.md")]
[OutputType(typeof(TrainingResult), typeof(TrainingStep), typeof(Job))]
public sealed partial class StartTinySoraTrainingCommand : DeviceCmdlet
{
    private const string ContinueSet = "Continue";
    private const string NewRunSet = "NewRun";

    /// <summary>Names of the parameters that the command line specifies; piped rows can specify others.</summary>
    private readonly HashSet<string> setup = new(StringComparer.OrdinalIgnoreCase);
    private PipedObject row = new(null, 0);
    private int rows;

    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "Preset")]
    [ArgumentCompleter(typeof(PresetCompleter))]
    [ConfigName]
    public string Config { get; set; } = ConfigSource.DefaultPreset;

    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [PathOf("DataPath", "Path", "FullName")]
    public string? DataPath { get; set; }

    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RunCompleter))]
    [PathOf("ResultsPath", "FullName")]
    public string? ResultsPath { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PartCompleter))]
    public string? Part { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SettingCompleter))]
    [SettingCell]
    public IDictionary Set { get; set; } = new Hashtable();

    [Parameter]
    [ValidateRange(1, 100_000)]
    [Number(IsWhole = true)]
    public int? Trials { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell(IsWhole = true, Minimum = 1)]
    public int? MaxSteps { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell]
    public double? MaxMinutes { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(BudgetCompleter))]
    public string? Budget { get; set; }

    [Parameter]
    public SwitchParameter FromScratch { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(GoalCompleter))]
    [DateText]
    public string[] Until { get; set; } = [];

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(HoursCompleter))]
    public string? Between { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? SummaryPath { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PathOf("Path", "FullName")]
    public string? KeepIf { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell(IsWhole = true, Minimum = 1)]
    public int? BatchSize { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell(IsWhole = true, Minimum = 1, Maximum = 1024)]
    public int? Processes { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell(IsWhole = true)]
    public long? Seed { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(CheckpointCompleter))]
    [CheckpointPath]
    public string? InitialCheckpoint { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Adapter { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    [DeviceName]
    public override string Device { get; set; } = "auto";

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell(IsWhole = true, Minimum = 1, Maximum = 1024)]
    public override int? ThreadCount { get; set; }

    [Parameter(ParameterSetName = ContinueSet)]
    public SwitchParameter Resume { get; set; }

    [Parameter(ParameterSetName = ContinueSet)]
    [ArgumentCompleter(typeof(StepCompleter))]
    [ValidateRange(0, int.MaxValue)]
    [Number(IsWhole = true)]
    public int? FromStep { get; set; }

    [Parameter(ParameterSetName = NewRunSet)]
    public SwitchParameter Force { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(TagCompleter))]
    public string[]? Tag { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Note { get; set; }

    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? OnEvent { get; set; }

    [Parameter]
    [ValidateNotNull]
    public Uri? NotifyUri { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public RunEventKind[] NotifyOn { get; set; } =
        [RunEventKind.Started, RunEventKind.Plateau, RunEventKind.NotFinite, RunEventKind.Disk, RunEventKind.Ended, RunEventKind.Failed];

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter]
    public SwitchParameter AsJob { get; set; }

    [Parameter]
    public SwitchParameter Queue { get; set; }

    /// <summary>The piped object, which shows whether a cell is invalid or empty.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        TableArguments.ThrowIfEmpty(this, nameof(Device));
        setup.UnionWith(MyInvocation.BoundParameters.Keys);
    }

    protected override void ProcessRecord()
    {
        if (LaunchedProcess.IsLaunched)
        {
            RunWork(failureEndsPipeline: true, (_, cancellation) => LaunchedProcess.Run(cancellation));
            return;
        }

        if (QueueProcess.IsQueueProcess)
        {
            RunWork(failureEndsPipeline: true, QueueProcess.Run);
            return;
        }

        rows++;
        row = PipedObject.Of(InputObject, rows);
        if (row.IsBlank && !setup.Contains(nameof(Config)))
        {
            WriteError(ErrorRecords.EmptyArgument(nameof(Config)));
            return;
        }

        if (InputObject?.BaseObject is PSCustomObject or IDictionary && row.Input!.Properties.Any() && !TableBinding.Binds(this, row.Input))
        {
            WriteError(ErrorRecords.From(InputErrors.NoParameters(row.Input, rows)));
            return;
        }

        using var binding = InputObject?.BaseObject is IDictionary ? new TableBinding(this, row.Input!, setup) : null;
        if (binding?.NoPath is var (parameter, value))
        {
            WriteError(ErrorRecords.From(InputErrors.NoPath(row.Input!, rows, parameter, value)));
            return;
        }

        if (Queue)
        {
            Try(() => row.Do(QueueRow));
        }
        else
        {
            TrainRow();
        }
    }

    private void TrainRow()
    {
        if (RequireOfItem(() => row.Do(Planned)) is not { } plan
            || plan.Requests.Where(request => ShouldTrain(request, plan.Config)).ToList() is not { Count: > 0 } requests)
        {
            return;
        }

        var folder = plan.Cells.Count == 1 ? requests[0].ResultsPath! : System.IO.Path.GetDirectoryName(requests[0].ResultsPath)!;
        var work = new TrainingWork(requests, plan.Launched is null ? TrainingSession.Run : plan.Launched.Run, folder, PassThru, plan.Summary)
        {
            WantsEvents = OnEvent is not null,
            Notifier = NotifyUri is null ? null : warn => new RunNotifier(NotifyUri, NotifyOn, warn),
        };
        if (AsJob)
        {
            var script = OnEvent is null ? null : EventScript.OfJob(OnEvent, Absolute("."));
            var job = new TrainingJob(work, script, MyInvocation.Line, ThreadCount);
            JobRepository.Add(job);
            job.Start();
            WriteObject(job);
            return;
        }

        try
        {
            RunWork(FailureEndsPipeline, (writer, cancellation) => row.Do(() => work.Run(writer, cancellation)));
        }
        finally
        {
            if (Stopping && work.Farewell is string farewell)
            {
                Host.UI.WriteLine(farewell);
            }
        }
    }

    private protected override void WriteResult(object value)
    {
        if (value is RunEvent what)
        {
            EventScript.InSession(OnEvent!).Run(what, WriteObject, WriteError, WriteWarning);
        }
        else
        {
            base.WriteResult(value);
        }
    }

    /// <summary>Stops the run and reports immediately that it is stopping, because a step can take minutes.</summary>
    protected override void StopProcessing()
    {
        if (!Queue)
        {
            Host.UI.WriteLine("Stopping after this step is finished and saved.");
        }

        base.StopProcessing();
    }
}
