using System.Collections;
using System.Management.Automation;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Launched;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Results;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Cmdlets.Generation;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Jobs;

namespace TinySora.PowerShell.Cmdlets.Training;

/// <summary>
/// Trains a model. The same line any number of times: starts in an empty results folder, continues a run of the same
/// configuration, refuses one of another. Ctrl-C saves a checkpoint first.
/// </summary>
[Cmdlet(VerbsLifecycle.Start, "TinySoraTraining", SupportsShouldProcess = true, DefaultParameterSetName = ContinueSet,
    HelpUri = HelpPages.Root + "Start-TinySoraTraining.md")]
[OutputType(typeof(TrainingResult), typeof(TrainingStep), typeof(Job))]
public sealed partial class StartTinySoraTrainingCommand : DeviceCmdlet
{
    private const string ContinueSet = "Continue";
    private const string AnewSet = "Anew";

    /// <summary>The names of the parameters on the command line; rows that are piped in bring others.</summary>
    private readonly HashSet<string> setup = new(StringComparer.OrdinalIgnoreCase);
    private PipedObject row = new(null, 0);
    private int rows;

    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "Preset")]
    [ArgumentCompleter(typeof(PresetCompleter))]
    [ConfigName]
    public string Config { get; set; } = ConfigSource.DefaultPreset;

    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [PathOf("DataPath", "FullName")]
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
    [ValidateNotNull]
    public IDictionary Set { get; set; } = new Hashtable();

    [Parameter]
    [ValidateRange(1, 100_000)]
    public int? Trials { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell(IsWhole = true)]
    [CellRange(1, int.MaxValue)]
    public int? MaxSteps { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell]
    public double? MaxMinutes { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(BudgetCompleter))]
    public string? Budget { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(GoalCompleter))]
    [ValidateNotNull]
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
    [NumberCell(IsWhole = true)]
    [CellRange(1, int.MaxValue)]
    public int? BatchSize { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell(IsWhole = true)]
    [CellRange(1, 1024)]
    public int? Processes { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell(IsWhole = true)]
    public long? Seed { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(CheckpointCompleter))]
    [CheckpointPath]
    public string? InitialCheckpoint { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    [DeviceName]
    public override string Device { get; set; } = "auto";

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell(IsWhole = true)]
    [CellRange(1, 1024)]
    public override int? ThreadCount { get; set; }

    [Parameter(ParameterSetName = ContinueSet)]
    public SwitchParameter Resume { get; set; }

    [Parameter(ParameterSetName = ContinueSet)]
    [ArgumentCompleter(typeof(StepCompleter))]
    [ValidateRange(0, int.MaxValue)]
    public int? FromStep { get; set; }

    [Parameter(ParameterSetName = AnewSet)]
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

    /// <summary>The whole object, to tell a cell that could not be read from one that is empty.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        setup.UnionWith(MyInvocation.BoundParameters.Keys);
    }

    protected override void ProcessRecord()
    {
        if (LaunchedProcess.IsThis)
        {
            RunWork(failureEndsPipeline: true, (_, cancellation) => LaunchedProcess.Run(cancellation));
            return;
        }

        if (QueueProcess.IsThis)
        {
            RunWork(failureEndsPipeline: true, QueueProcess.Run);
            return;
        }

        rows++;
        row = PipedObject.Of(InputObject, rows);
        using var binding = InputObject?.BaseObject is IDictionary ? new TableBinding(this, row.Input!, setup) : null;
        if (Queue)
        {
            Try(QueueRow);
        }
        else
        {
            TrainRow();
        }
    }

    private void TrainRow()
    {
        if (NotifyUri is not null)
        {
            Require(() => RunNotifier.Check(NotifyUri));
        }

        var (source, cells, asked) = Require(Asked);
        var launched = Processes is null or 1 ? null : Require(() => new LaunchedRun(Processes.Value, () => ThisShell.Running(MyInvocation.MyCommand.Name)));
        var requests = asked.Where(request => ShouldTrain(request, source.Name)).ToList();
        if (requests.Count == 0)
        {
            return;
        }

        var summary = Given(SummaryPath) is null ? null : Require(() => Absolute(SummaryPath!));
        var folder = cells.Count == 1 ? requests[0].ResultsPath! : System.IO.Path.GetDirectoryName(requests[0].ResultsPath)!;
        var work = new TrainingWork(requests, launched is null ? TrainingSession.Run : launched.Run, folder, PassThru, summary)
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
            RunWork(failureEndsPipeline: true, work.Run);
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

    /// <summary>Stops the run as soon as it may, since a step can take minutes.</summary>
    protected override void StopProcessing()
    {
        if (!Queue)
        {
            Host.UI.WriteLine("Stopping: this step is finished and saved first.");
        }

        base.StopProcessing();
    }
}
