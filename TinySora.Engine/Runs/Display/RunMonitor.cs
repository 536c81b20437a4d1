using System.Diagnostics;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Runs.Display;

/// <summary>
/// Observes a run: forwards its events and writes its status, dashboard and logs for other programs. A file that cannot be written causes a warning, but never
/// ends the run.
/// </summary>
internal sealed class RunMonitor : ITrainingObserver, IDisposable
{
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DashboardInterval = TimeSpan.FromSeconds(5);

    /// <summary>Inverse of the maximum fraction of the run's time that writing the dashboard may take.</summary>
    private const int DashboardShare = 100;

    private readonly ITrainingObserver observer;
    private readonly ResultsFolder folder;
    private readonly Dashboard? dashboard;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly List<IStepSink> sinks;

    /// <summary>Status that the folder had before; <c>null</c> if there was none.</summary>
    private readonly RunStatus? earlier;

    /// <summary>Steps for the dashboard; <c>null</c> before the steps of the folder's earlier run have been read. Until then, its dashboard is kept.</summary>
    private StepHistory? history;
    private RunStatus status;
    private TimeSpan nextStatus;
    private TimeSpan nextDashboard;
    private bool warned;

    /// <summary>Training state; <c>null</c> before the first step.</summary>
    private TrainingState? state;

    /// <summary>Trainer configuration; from the first step on, all spans are in steps.</summary>
    private TrainerConfig trainer;

    /// <summary>Total number of steps, if known in advance.</summary>
    private int lastStep;

    /// <summary>The best checkpoint so far; <c>null</c> if there is none.</summary>
    private CheckpointInfo? best;

    /// <summary>Whether the disk has too little space for the next checkpoints.</summary>
    private bool isShort;

    /// <summary>Whether a plateau of the metric has been reported.</summary>
    private bool stalls;

    /// <param name="lastStep">Total number of steps; 0 if it depends on the data.</param>
    /// <param name="resumed">Checkpoint that the run resumes from; <c>null</c> for a new run.</param>
    public RunMonitor(
        ITrainingObserver observer, ResultsFolder folder, TrainerConfig config, string device, int lastStep, CheckpointInfo? resumed = null)
    {
        this.observer = observer;
        this.folder = folder;
        trainer = config;
        sinks = [.. StepSinks.Open(config, folder.Path)];
        dashboard = config.Track ? new Dashboard(folder.Path) : null;
        earlier = RunStatus.Read(folder.Path);
        history = resumed is null && earlier is null ? new StepHistory([]) : null;
        status = new RunStatus
        {
            State = RunState.Starting, Step = resumed?.Step ?? 0, TotalSteps = lastStep, Loss = resumed?.Loss, Device = device,
            ProcessId = Environment.ProcessId, StartedAt = DateTimeOffset.Now,
        };
        Write();
    }

    /// <summary>Starts the log and status of a run whose data has been read, before its first step.</summary>
    /// <param name="state">State restored from the checkpoint that the run resumes from; the metrics file is truncated to the same step.</param>
    /// <param name="lastStep">Total number of steps.</param>
    /// <param name="trainer">Trainer configuration in which every span is converted to steps.</param>
    public void Begin(TrainingState state, TrainerConfig trainer, int lastStep, double? smallestLoss)
    {
        (this.trainer, this.lastStep) = (trainer, lastStep);
        (this.state, stalls) = (state, Stalls(state));
        Try(() => best = CheckpointStore.List(folder.Path).FirstOrDefault(info => info.IsBest));
        history = new StepHistory(MetricsFile.Read(folder.MetricsPath));
        sinks.ForEach(sink => Try(() => sink.RollBack(state.Step)));
        status = status with
        {
            State = RunState.Running, Step = state.Step, TotalSteps = lastStep, ConfiguredSteps = trainer.TrainNumSteps.Steps, Loss = state.Loss,
            SmallestLoss = smallestLoss, LearningRate = state.LearningRateAt(state.Step),
        };
        Write();
    }

    public void Progress(TrainingProgress progress)
    {
        status = status with
        {
            Step = progress.Step,
            TotalSteps = progress.LastInTime ?? progress.TotalSteps,
            Loss = double.IsFinite(progress.Loss) ? progress.Loss : null,
            StepsPerSecond = progress.StepsPerSecond,
            RemainingSeconds = progress.Remaining?.TotalSeconds,
            LearningRate = progress.LearningRate,
        };
        if (clock.Elapsed >= nextStatus)
        {
            WriteStatus();
        }

        if (clock.Elapsed >= nextDashboard)
        {
            WriteDashboard();
        }

        observer.Progress(progress);
        if (state is not null && Stalls(state) != stalls)
        {
            stalls = !stalls;
            if (stalls)
            {
                var text = $"{state.BestBy} has not improved in recent validations ({state.Unimproved}).";
                EventRaised(new RunEvent(RunEventKind.Plateau, state.Step, text) { Loss = state.Loss });
            }
        }
    }

    /// <summary>Reports that a checkpoint was written, whether it is the best so far, and whether disk space is running out.</summary>
    public void Saved(string path, TrainingState state) => Try(() =>
    {
        var saved = new RunEvent(RunEventKind.Checkpoint, state.Step, $"Saved '{path}'.") { Checkpoint = path, Loss = state.Loss };
        EventRaised(saved);
        var metric = BestMetric.Parse(state.BestBy);
        if (CheckpointStore.Find(path) is CheckpointInfo info && CheckpointStore.IsBetter(info, best, metric, state.Rows is not null))
        {
            if (best is not null)
            {
                var (value, before) = (info.Metric(metric.Name), best.Metric(metric.Name));
                var text = FormattableString.Invariant($"{metric.Name} improved from {before:0.####} to {value:0.####}.");
                EventRaised(saved with { Kind = RunEventKind.Better, Message = text });
            }

            best = info;
        }

        CheckDiskSpace(state);
    });

    public void EventRaised(RunEvent what)
    {
        if (what.Kind is RunEventKind.NotFinite or RunEventKind.Disk)
        {
            status = status with { Attention = what.Message };
            WriteStatus();
        }

        observer.EventRaised(what);
    }

    /// <summary>Warns once if the disk has too little space for the next checkpoints.</summary>
    public void CheckDiskSpace(TrainingState state) => Try(() =>
    {
        var there = Directory.EnumerateFiles(folder.Path, CheckpointStore.Pattern).Count();
        var shortage = state.Step >= status.TotalSteps ? null
            : DiskGuard.Shortage(trainer, state, status.TotalSteps, DiskGuard.Free(folder.Path), there);
        (status, var wasShort, isShort) = (status with { Attention = shortage }, isShort, shortage is not null);
        if (shortage is not null && !wasShort)
        {
            observer.Warning(shortage);
            EventRaised(new RunEvent(RunEventKind.Disk, state.Step, shortage));
        }
    });

    public void StepCompleted(TrainingStep step)
    {
        if (history is null || step.Step <= history.LastStep)
        {
            // The run and its metrics file have been reset to an earlier checkpoint.
            history = new StepHistory(MetricsFile.Read(folder.MetricsPath).Where(earlier => earlier.Step < step.Step));
            sinks.ForEach(sink => Try(() => sink.RollBack(step.Step - 1)));
        }

        history.Add(step);
        foreach (var failed in sinks.Where(sink => !Try(() => sink.Write([step]))).ToList())
        {
            sinks.Remove(failed);
            Try(failed.Close);
        }

        observer.StepCompleted(step);
    }

    public void Starting(string what)
    {
        // Update the status, which shows that the run is active.
        if (clock.Elapsed >= nextStatus)
        {
            WriteStatus();
        }

        observer.Starting(what);
    }

    public void Announce(string text) => observer.Announce(text);

    public void Message(string text) => observer.Message(text);

    public void Warning(string text) => observer.Warning(text);

    /// <summary>Reports that the run has paused or resumed.</summary>
    public void Pause(bool paused)
    {
        status = status with { State = paused ? RunState.Paused : RunState.Running };
        Write();
        observer.Message(paused ? "Paused." : "Training continues.");
    }

    /// <summary>Writes the final state of the run.</summary>
    /// <param name="ending">See <see cref="TrainingResult.Ending"/>. If it is not <c>null</c>, the planned number of steps is recorded as the total.</param>
    public void End(RunState state, string? problem = null, string? ending = null)
    {
        status = status with
        {
            State = state, Problem = problem, Attention = null, Ending = ending, TotalSteps = ending is null ? status.TotalSteps : lastStep,
        };
        Try(() => history ??= new StepHistory(MetricsFile.Read(folder.MetricsPath)));
        Write();
    }

    /// <summary>
    /// Restores the status of a run that had reached its end before this call, if this call has not reached its first step. Runs that are continued later, such
    /// as those with a time limit every night, show the failure instead.
    /// </summary>
    /// <returns>Whether the status was restored.</returns>
    public bool RestoreEnded() => state is null
        && earlier?.State is RunState.Completed or RunState.AlreadyComplete or RunState.LossReached or RunState.EarlyStopping && Restore();

    /// <summary>Restores the status that the folder had before this call, which did not train.</summary>
    /// <returns>Whether there was a status.</returns>
    public bool Restore()
    {
        Try(() => earlier?.Write(folder.Path));
        return earlier is not null;
    }

    public void Dispose() => sinks.ForEach(sink => Try(sink.Close));

    /// <summary>Writes the current status and dashboard.</summary>
    public void Write()
    {
        WriteStatus();
        WriteDashboard();
    }

    private bool Stalls(TrainingState state) => state.Unimproved >= (trainer.EarlyStoppingPatience ?? Math.Max(1, trainer.LrPatience));

    private void WriteStatus()
    {
        status = status with { UpdatedAt = DateTimeOffset.Now, MemoryBytes = Environment.WorkingSet };
        Try(() => status.Write(folder.Path));
        sinks.ForEach(sink => Try(sink.Flush));
        nextStatus = clock.Elapsed + StatusInterval;
    }

    private void WriteDashboard()
    {
        var begun = clock.Elapsed;
        Try(() =>
        {
            if (history is not null)
            {
                dashboard?.Write(status, history);
            }
        });
        var taken = clock.Elapsed - begun;
        nextDashboard = clock.Elapsed + (taken * DashboardShare > DashboardInterval ? taken * DashboardShare : DashboardInterval);
    }

    private bool Try(Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (Exception e) when (FileFailure.Is(e) || e is TinySoraException)
        {
            if (!warned)
            {
                warned = true;
                observer.Warning($"The status, dashboard or log of this run cannot be written: {e.Message} Training continues.");
            }

            return false;
        }
    }
}
