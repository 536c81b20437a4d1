using System.Diagnostics;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs.Display;
using TinySora.Engine.Runs.Control;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Parallel;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using TinySora.Engine.Training.Sinks;
using static TorchSharp.torch;

namespace TinySora.Engine.Runs.Session;

/// <summary>
/// One training run from request to result. Repeating a call is safe: it starts a run in an empty folder, resumes a run with the same configuration, and
/// fails for a different configuration.
/// </summary>
public sealed class TrainingSession : IDisposable
{
    private readonly ITrainingObserver observer;
    private readonly RunConfig config;
    private readonly ResultsFolder folder;
    private readonly Stopwatch clock;
    private readonly DateTime begun;
    private readonly Leader? parallel;
    private TrainingRequest request;
    private KeepIfTest? keeper;

    /// <param name="parallel">The other processes of the run; <c>null</c> if there are none.</param>
    /// <param name="begun">Time at which the run started.</param>
    /// <param name="clock">Time since the run started.</param>
    private TrainingSession(TrainingRequest request, ITrainingObserver observer, Leader? parallel, DateTime begun, Stopwatch clock)
    {
        (this.request, this.observer, this.parallel, this.begun, this.clock) = (request, observer, parallel, begun, clock);
        config = request.Seeded;
        if (!request.Force)
        {
            UserFiles.Check(request.Folder);
        }

        folder = ResultsFolder.Open(request.Folder);
    }

    /// <summary>Trains on the engine thread until the run stops and its last checkpoint has been written.</summary>
    /// <exception cref="TinySoraException">
    /// OtherConfiguration, OutputExists, NothingToResume, FolderInUse, NoValidationData, NonFiniteLoss, CannotWrite, errors in reading the data, and with
    /// other processes Indivisible, TooManyProcesses, OtherDevice, OtherData, OtherWeights.
    /// </exception>
    /// <exception cref="OperationCanceledException">Canceled while reading the data, before there was anything to save.</exception>
    public static TrainingResult Run(TrainingRequest request, ITrainingObserver observer, CancellationToken cancellation)
    {
        RequestCheck.Check(request);

        if (!request.MayBegin(DateTime.Now))
        {
            if (MpiLaunch.IsActive)
            {
                EngineThread.Run(() => Leader.TryCreate()?.Dispose());
            }

            OpenedRun.CheckSources(request);
            return UntrainedCall.Outside(request, observer);
        }

        return ExclusiveRun.Execute(request.Folder, observer, stop => EngineThread.Run(() =>
        {
            using var parallel = Leader.TryCreate();
            var (begun, clock) = (DateTime.Now, Stopwatch.StartNew());

            // While the run waits for another one, or measures presets, the time at which it may train can end.
            var settled = request.MayBegin(begun) ? PublishedKeys.Adopt(PresetChoice.Settled(request, observer, stop)) : null;
            if (settled?.MayBegin(DateTime.Now) != true)
            {
                return UntrainedCall.Outside(request, observer);
            }

            using var session = new TrainingSession(settled, observer, parallel, begun, clock);
            try
            {
                return session.Run(stop);
            }
            catch (Exception e)
            {
                EarlierRun.MoveBack(session.folder, "this run did not start", observer.Message);
                session.folder.DiscardFailedStart();
                parallel?.Fail(e);
                throw;
            }
        }), cancellation);
    }

    public void Dispose() => folder.Dispose();

    private TrainingResult Run(CancellationToken cancellation)
    {
        keeper = KeepIfTest.Of(config.Trainer, folder.Path, observer);
        var device = OpenedRun.ResolveDevice(request, config);
        request = EarlierRun.MoveAside(request, folder, observer.Message);
        using var resumed = FindCheckpoint();
        if (request.FromStep is int step
            && folder.MoveAside(CheckpointStore.List(folder.Path).Where(info => info.Step > step).Select(info => info.Path)) is string later)
        {
            observer.Message($"Moved the checkpoints after step {step} to '{later}'.");
        }

        if (!config.Trainer.CountsEpochs && Reached(resumed, config.Trainer) is TrainingResult done)
        {
            RecordMissedEnd(done);
            return done;
        }

        // From here until the run ends, the folder shows the state of the run.
        using var monitor = new RunMonitor(
            observer, folder, config.Trainer, device.ToString(), config.Trainer.CountsEpochs ? 0 : request.ExpectedSteps(config.Trainer), resumed?.Info);
        try
        {
            var result = Run(resumed, device, monitor, cancellation);
            if (result.StoppedBecause == RunState.AlreadyComplete && monitor.Restore())
            {
                RecordMissedEnd(result);
            }
            else
            {
                monitor.End(result.StoppedBecause, ending: result.Ending);
            }

            return result;
        }
        catch (Exception e)
        {
            if (!monitor.RestoreEnded())
            {
                monitor.End(e is OperationCanceledException ? RunState.Cancelled : RunState.Failed, e is OperationCanceledException ? null : e.Message);
            }

            throw;
        }
    }

    private TrainingResult Run(Checkpoint? resumed, Device device, RunMonitor monitor, CancellationToken cancellation)
    {
        using var data = RunData.Open(request, config, observer, cancellation);
        if (config.Trainer.CountsEpochs && Reached(resumed, data.Trainer) is TrainingResult done)
        {
            return done;
        }

        using var run = OpenedRun.Open(request, data, device, observer, cancellation, resumed, folder.Path);
        var description = new RunDescription(config, run.Seed, data.Training.Fingerprint, run.Task.Metadata)
        {
            PublishedKeys = request.PublishedKeys, Adapter = run.Adapter, InitialHash = run.InitialHash,
        };
        var lastStep = request.ExpectedSteps(run.Trainer);
        if (parallel is not null)
        {
            observer.Starting("waiting for the other processes");
            parallel.Begin(RunJson.Write(description), description.DatasetFingerprint, run.Task, run.State, run.Trainer);
        }

        WriteBegin(run, lastStep);
        var each = parallel is null ? "" : $"in each of {parallel.Processes.Count} processes ({parallel.Processes.Library}) ";
        var end = run.Trainer.TrainMinutes is double minutes
            ? $"for a total of {Durations.Text(TimeSpan.FromMinutes(minutes))}, about {lastStep} steps" : $"to {lastStep}";
        var threads = $"{EngineThread.FormatThreads(get_num_threads())} ({EngineThread.GetThreadCountReason()})";
        observer.Message($"Training on {data.Training.Count} clips with {threads} {each}on {device}, from step {run.State.Step} {end}, seed {run.Seed}.");
        if (run.Adapter is AdapterInfo adapter)
        {
            observer.Message(AdapterRun.Sentence(adapter, run.State.Updates!));
        }

        monitor.Begin(run.State, run.Trainer, lastStep, run.Task.SmallestLoss(data.Training));
        var begins = $"Training from step {run.State.Step} {end} on {data.Training.Count} clips.";
        monitor.EventRaised(new RunEvent(RunEventKind.Started, run.State.Step, begins) { Loss = run.State.Loss });
        monitor.CheckDiskSpace(run.State);
        observer.Starting("taking the first step");
        return Train(run, description, resumed?.Info.Path, monitor, cancellation);
    }

    /// <summary>Writes the files that exist in a run's folder from the first step on. If it fails, the files of the earlier run are moved back.</summary>
    private void WriteBegin(OpenedRun run, int lastStep)
    {
        if (!StoredConfig.TryWrite(folder.ConfigPath, config))
        {
            observer.Warning($"'{folder.ConfigPath}' was edited and is left unchanged. This run uses other values, which are stored in its checkpoints.");
        }

        new RunNotes(request.Tags, request.Note).Update(folder.Path);
        new MetricsFile(folder.MetricsPath).RollBack(run.State.Step);
        folder.Moved.Commit();
        if (DiskGuard.KeepsAll(run.Trainer, run.State, lastStep) is string disk)
        {
            observer.Warning(disk);
        }
    }

    private TrainingResult Train(
        OpenedRun run, RunDescription description, string? resumed, RunMonitor monitor, CancellationToken cancellation)
    {
        var (task, state, trainer, data) = (run.Task, run.State, run.Trainer, run.Data);
        var pictures = new RunPictures(run, folder.Path, observer, cancellation);
        var loop = new Trainer(task, trainer, run.Batches, state, run.Seed, monitor, cancellation)
        {
            Limits = new(request.LastStep(trainer))
            {
                Time = trainer.TrainMinutes is double minutes ? new TrainingTime(TimeSpan.FromMinutes(minutes), state.Spent + clock.Elapsed) : null,
                Budget = request.TimeLeft(begun) - clock.Elapsed,
                UntilLoss = request.Until.Loss,
            },
            Outputs = new()
            {
                Save = Save,
                Metrics = trainer.Track ? new MetricsFile(folder.MetricsPath) : null,
                Preview = pictures.AtCadence,
                Validate = data.Validation is not { } held ? null
                    : () => new Validation(task, state, held, trainer, run.Device, observer).Measure(cancellation),
            },
            Control = new RunControl(folder, monitor, pictures.Draw),
            LastCheckpoint = resumed,
            CutOff = state.IsCutOff ? MetricsFile.Read(folder.Path, cancellation).LastOrDefault(step => step.Step == state.Step) : null,
            Threads = run.Device.type == TorchSharp.DeviceType.CPU && !EngineThread.HasExplicitThreadCount && parallel is null ? new ThreadTuner() : null,
            Parallel = parallel,
        };
        var outcome = loop.Run();
        var ending = outcome.Reason == RunState.TimeBudget ? $"stopped {request.WhenStopped(begun)}" : null;
        if (outcome.Progress is { } progress)
        {
            var stopped = ending is null ? "" : $"; {ending}";
            observer.Announce(FormattableString.Invariant($"Step {state.Step} of {progress.TotalSteps}: {progress.LossText}{stopped}."));
        }

        if (request.IsTested && outcome.Reason == RunState.Completed)
        {
            FinalTest.Report(run, request.DataFolder, observer, cancellation);
        }

        return new TrainingResult(
            folder.Path, outcome.LastCheckpoint!, state.Step, state.Loss ?? double.NaN, clock.Elapsed, outcome.Reason,
            data.Training.Count, data.Training.Skipped, outcome.SkippedSteps) { Ending = ending };

        string Save()
        {
            state.Rows = keeper?.Test(task.Video, state, cancellation);
            new MetricsFile(folder.MetricsPath).ForceToDisk();
            CheckpointStore.SaveAdapter(folder.Path, state, description); // first: a run killed after its last checkpoint never writes again
            var path = CheckpointStore.Save(folder.Path, state, description, trainer.KeepCheckpoints);
            task.Files?.Save(folder.Path);
            monitor.Saved(path, state);
            return path;
        }
    }

    /// <summary>Returns the result of the run if a checkpoint has already reached the requested end of training; otherwise <c>null</c>.</summary>
    /// <param name="trainer">Trainer configuration in which every span is converted to steps.</param>
    private TrainingResult? Reached(Checkpoint? resumed, TrainerConfig trainer)
    {
        var hasStalled = resumed?.Info.BestBy == trainer.BestBy && resumed.Unimproved >= trainer.EarlyStoppingPatience;
        if (resumed is null || resumed.Info.IsCutOff
            || (!request.IsReached(trainer, resumed.Info.Step, resumed.Info.Spent) && !(resumed.Info.Loss <= request.Until.Loss) && !hasStalled))
        {
            return null;
        }

        observer.Announce(hasStalled
            ? $"trainer.early_stopping_patience ended the run: {trainer.BestBy} has not improved in recent validations ({resumed.Unimproved})."
            : $"'{resumed.Info.Path}' has already reached the requested end of training (step {resumed.Info.Step}). "
                + "To train longer, specify a larger -Budget or -MaxSteps, or another -Until.");
        EarlierRun.MoveBack(folder, "there is nothing to train", observer.Message);
        return UntrainedCall.Result(folder.Path, resumed.Info, RunState.AlreadyComplete) with { Elapsed = clock.Elapsed };
    }

    /// <summary>Records the end of a run that was killed after writing its last checkpoint, but before writing its last status.</summary>
    private void RecordMissedEnd(TrainingResult done)
    {
        if (RunStatus.Read(folder.Path) is RunStatus status && status.State.IsLive())
        {
            QueueOperations.Write(folder.Path, RunState.Completed, step: done.Step);
        }
    }

    /// <summary>Returns the checkpoint to resume from; <c>null</c> for a new run, whose initial checkpoint is checked.</summary>
    private Checkpoint? FindCheckpoint()
    {
        if (Continuation.Find(request, folder.Path, observer.Warning) is not CheckpointInfo chosen)
        {
            RequestCheck.CheckInitial(request, config);
            return null;
        }

        var checkpoint = Checkpoint.Open(chosen.Path);
        observer.Message($"Continuing from '{chosen.Path}'.");
        Continuation.CheckInitial(request, checkpoint, observer.Warning);
        return checkpoint;
    }
}
