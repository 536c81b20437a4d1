using System.Collections;
using System.Management.Automation;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Launched;
using TinySora.Engine.Training.Cost;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Jobs;

namespace TinySora.PowerShell.Cmdlets.Training;

/// <summary>
/// Trains a model. The same line any number of times: starts in an empty results folder, continues a run of the same
/// configuration, refuses one of another. Ctrl-C saves a checkpoint first.
/// </summary>
[Cmdlet(VerbsLifecycle.Start, "TinySoraTraining", SupportsShouldProcess = true, DefaultParameterSetName = ContinueSet,
    HelpUri = HelpPages.Root + "Start-TinySoraTraining.md")]
[OutputType(typeof(TrainingResult), typeof(TrainingStep), typeof(Job))]
public sealed class StartTinySoraTrainingCommand : DeviceCmdlet
{
    private const string ContinueSet = "Continue";
    private const string AnewSet = "Anew";

    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [ArgumentCompleter(typeof(PresetCompleter))]
    [ConfigName]
    [ValidateNotNullOrEmpty]
    public string Config { get; set; } = ConfigSource.DefaultPreset;

    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [PathOf("DataPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string? DataPath { get; set; }

    [Parameter(Position = 2)]
    [ArgumentCompleter(typeof(RunCompleter))]
    [PathOf("ResultsPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string? ResultsPath { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(PartCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Part { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(SettingCompleter))]
    [ValidateNotNull]
    public IDictionary Set { get; set; } = new Hashtable();

    [Parameter]
    [ValidateRange(1, 100_000)]
    public int? Trials { get; set; }

    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? MaxSteps { get; set; }

    [Parameter]
    public double? MaxMinutes { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Until { get; set; } = [];

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Between { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SummaryPath { get; set; }

    [Parameter]
    [PathOf("Path", "FullName")]
    [ValidateNotNullOrEmpty]
    public string? KeepIf { get; set; }

    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? BatchSize { get; set; }

    [Parameter]
    [ValidateRange(1, 1024)]
    public int Processes { get; set; } = 1;

    [Parameter]
    public long? Seed { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(CheckpointCompleter))]
    [CheckpointPath]
    [ValidateNotNullOrEmpty]
    public string? InitialCheckpoint { get; set; }

    [Parameter(ParameterSetName = ContinueSet)]
    public SwitchParameter Resume { get; set; }

    [Parameter(ParameterSetName = ContinueSet)]
    [ArgumentCompleter(typeof(StepCompleter))]
    [ValidateRange(0, int.MaxValue)]
    public int? FromStep { get; set; }

    [Parameter(ParameterSetName = AnewSet)]
    public SwitchParameter Force { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(TagCompleter))]
    [ValidateNotNull]
    public string[]? Tag { get; set; }

    [Parameter]
    [ValidateNotNull]
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

    protected override void ProcessRecord()
    {
        if (LaunchedProcess.IsThis)
        {
            RunWork(failureEndsPipeline: true, (_, cancellation) => LaunchedProcess.Run(cancellation));
            return;
        }

        var launched = Processes == 1 ? null : Require(() => new LaunchedRun(Processes, ThisShell.Running(MyInvocation.MyCommand.Name)));
        if (NotifyUri is not null)
        {
            Require(() => RunNotifier.Check(NotifyUri));
        }

        var source = Require(() => ConfigSource.FindPart(Config, Absolute, Part));
        if (!MpiLaunch.IsFollower)
        {
            WriteVerbose($"Configuration: {source.Name}.");
            source.Warnings.ToList().ForEach(WriteWarning);
        }

        var cells = Require(() => Cells(source.Family));
        var requests = Require(() => cells.Select(cell => Request(source, cell)).ToList())
            .Where(request => ShouldTrain(request, source.Name)).ToList();
        if (requests.Count == 0)
        {
            return;
        }

        var summary = SummaryPath is null ? null : Require(() => Absolute(SummaryPath));
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
            EventScript.InSession(OnEvent!).Run(what, WriteObject, WriteWarning);
        }
        else
        {
            base.WriteResult(value);
        }
    }

    /// <summary>Stops the run as soon as it may, since a step can take minutes.</summary>
    protected override void StopProcessing()
    {
        Host.UI.WriteLine("Stopping: this step is finished and saved first.");
        base.StopProcessing();
    }

    private bool ShouldTrain(TrainingRequest request, string config)
    {
        if (MpiLaunch.IsFollower)
        {
            // The first process asks, and shows what would be done.
            return !(MyInvocation.BoundParameters.TryGetValue("WhatIf", out var shows) && (SwitchParameter)shows);
        }

        var action = $"{(Force ? "Train anew, moving earlier files aside," : "Train")} in '{request.ResultsPath}'.";
        var shall = ShouldProcess(action, action, "Confirm", out var reason);
        if (!shall && reason == ShouldProcessReason.WhatIf)
        {
            ShowPlan(request, config);
        }

        return shall;
    }

    /// <summary>What -Set asks for: every combination of the values that it names, or as many as -Trials says.</summary>
    private IReadOnlyList<ConfigCell> Cells(FamilyConfig family)
    {
        if (Trials is not null && Set.Count == 0)
        {
            throw InputErrors.TrialsOfNothing();
        }

        var values = Set.Cast<DictionaryEntry>().Select(entry => KeyValuePair.Create(entry.Key.ToString()!, Plain(entry.Value)));
        values = KeepIf is null ? values : values.Append(KeyValuePair.Create<string, object?>("trainer.keep_if", KeepIf));
        return Trials is int trials ? ConfigGrid.Draw(family, values, trials, Seed ?? 0) : ConfigGrid.Expand(family, values);
    }

    /// <summary>A value without PowerShell's wrappers.</summary>
    private static object? Plain(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        string text => text,
        IEnumerable several => several.Cast<object?>().Select(Plain).ToArray(),
        object other => other,
        null => null,
    };

    /// <summary>Each line that -WhatIf shows.</summary>
    private void ShowPlan(TrainingRequest request, string config)
    {
        TrainingPlan? plan = null;
        RunWork(failureEndsPipeline: true, (writer, cancellation) =>
        {
            writer.Starting("Planning", "measuring a few steps on made-up clips");
            plan = TrainingPlan.Make(request, config, cancellation);
        });
        foreach (var line in plan!.Lines())
        {
            ShouldProcess(line, line, null);
        }
    }

    private TrainingRequest Request(ConfigSource source, ConfigCell cell)
    {
        var config = source.ParseFor(Absolute, BatchSize, cell.Settings);
        var folder = ResultsPath ?? (cell.Name.Length > 0 ? DefaultPaths.Runs : config.Trainer.ResultsFolder);
        return new TrainingRequest
        {
            Config = config,
            DataPath = Absolute(DataPath ?? config.TrainingDataDir),
            ResultsPath = System.IO.Path.Combine(Absolute(folder), cell.Name),
            MaxSteps = MaxSteps,
            MaxMinutes = MaxMinutes,
            Until = TrainingGoal.Parse(Until, DateTime.Now),
            Hours = Between is null ? null : TimeWindow.Parse(Between),
            Resume = Resume,
            FromStep = FromStep,
            Force = Force,
            Device = Device,
            Seed = Seed,
            Tags = Tag,
            Note = Note,
            InitialCheckpoint = InitialCheckpoint is null ? null : CheckpointAt(InitialCheckpoint),
        };
    }
}
