using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Parallel;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using static TorchSharp.torch;

namespace TinySora.Engine.Runs;

/// <summary>
/// One training run from request to result. The same call any number of times: it starts where nothing is, continues a run
/// of the same configuration, and refuses one of another.
/// </summary>
public sealed class TrainingSession : IDisposable
{
    /// <summary>
    /// One run at a time in a process: there is one engine thread, and a run that begins on it between two steps of another
    /// would leave that standing until it has ended itself.
    /// </summary>
    private static readonly SemaphoreSlim Turn = new(1, 1);

    /// <summary>The folders of the runs of this process, of which one trains and the others wait for their turn.</summary>
    private static readonly ConcurrentDictionary<string, DateTime> Taken = new(StringComparer.OrdinalIgnoreCase);

    private readonly TrainingRequest request;
    private readonly ITrainingObserver observer;
    private readonly RunConfig config;
    private readonly ModelFamily family;
    private readonly ResultsFolder folder;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly TimeSpan? timeLeft;
    private readonly DataParallel? parallel;

    /// <param name="parallel">The other processes of the run; null: there are none.</param>
    private TrainingSession(TrainingRequest request, ITrainingObserver observer, DataParallel? parallel)
    {
        this.request = request;
        this.observer = observer;
        this.parallel = parallel;
        config = request.Seeded;
        family = ModelFamilies.Of(config);
        timeLeft = request.TimeLeft(DateTime.Now);
        folder = ResultsFolder.Open(request.Folder);
    }

    /// <summary>Runs on the engine thread and returns when training stopped; a checkpoint is then written.</summary>
    /// <exception cref="TinySoraException">
    /// OtherConfiguration, NothingToResume, FolderInUse, NoValidationData, NonFiniteLoss, CannotWrite, what reading the data may throw, and with
    /// other processes Indivisible, TooManyProcesses, OtherDevice, OtherData, OtherWeights.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled while the data was read, before there was anything to save.</exception>
    public static TrainingResult Run(TrainingRequest request, ITrainingObserver observer, CancellationToken cancellation)
    {
        if (request.MaxSteps <= 0)
        {
            throw TrainingErrors.BadLimit(nameof(request.MaxSteps), request.MaxSteps.Value);
        }

        if (request.MaxMinutes is <= 0 or double.NaN)
        {
            throw TrainingErrors.BadLimit(nameof(request.MaxMinutes), request.MaxMinutes.Value);
        }

        if (!request.MayBegin(DateTime.Now))
        {
            if (MpiLaunch.IsThere)
            {
                EngineThread.Run(() => DataParallel.Lead()?.Dispose());
            }

            return Outside(request, observer);
        }

        // Before the turn: to wait for a run that is in the way itself would be to train the same twice.
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(request.Folder));
        if (!Taken.TryAdd(folder, DateTime.Now))
        {
            throw TrainingErrors.FolderInUse(folder, ResultsFolder.HolderSince(Taken.GetValueOrDefault(folder, DateTime.Now)));
        }

        try
        {
            return InTurn(request, observer, cancellation);
        }
        finally
        {
            Taken.TryRemove(folder, out _);
        }
    }

    public void Dispose() => folder.Dispose();

    private static TrainingResult InTurn(TrainingRequest request, ITrainingObserver observer, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, EngineThread.Stopping);
        if (!Turn.Wait(0, CancellationToken.None))
        {
            observer.Warning("Another run of this process is training. This one begins when that has ended.");
            Turn.Wait(stop.Token);
        }

        try
        {
            return EngineThread.Run(() =>
            {
                using var parallel = DataParallel.Lead();
                using var session = new TrainingSession(request, observer, parallel);
                try
                {
                    return session.Run(stop.Token);
                }
                catch (Exception e)
                {
                    session.folder.DiscardFailedStart();
                    parallel?.Fail(e);
                    throw;
                }
            });
        }
        finally
        {
            Turn.Release();
        }
    }

    private TrainingResult Run(CancellationToken cancellation)
    {
        var device = DeviceChoice.Resolve(request.Device);
        family.CheckCompanions(config, request.DataFolder);
        if (request.Force && folder.MoveAside(further: config.Family.RunFiles) is string aside)
        {
            observer.Message($"Moved the files of the earlier run to '{aside}'.");
        }

        using var resumed = FindCheckpoint();
        if (request.FromStep is int step && folder.MoveAside(CheckpointsAfter(step)) is string later)
        {
            observer.Message($"Moved the checkpoints after step {step} to '{later}'.");
        }

        if (!config.Trainer.CountsEpochs && Reached(resumed, config.Trainer) is TrainingResult done)
        {
            return done;
        }

        // From here on the folder tells what the run does, to whoever looks, until its last word.
        using var monitor = new RunMonitor(
            observer, folder, config.Trainer, device.ToString(), config.Trainer.CountsEpochs ? 0 : request.LastStep(config.Trainer));
        try
        {
            var result = Run(resumed, device, monitor, cancellation);
            monitor.End(result.StoppedBecause);
            return result;
        }
        catch (Exception e)
        {
            monitor.End(e is OperationCanceledException ? StopReason.Cancelled : RunState.Failed, e is OperationCanceledException ? null : e.Message);
            throw;
        }
    }

    private TrainingResult Run(Checkpoint? resumed, Device device, RunMonitor monitor, CancellationToken cancellation)
    {
        observer.Starting("reading the clips");
        var source = new RunExamples(family, config, request.DataFolder, observer);
        using var validation = source.OpenValidation(cancellation);
        using var data = source.OpenTraining(cancellation);
        foreach (var note in data.Notes)
        {
            if (note.IsWarning)
            {
                observer.Warning(note.Text);
            }
            else
            {
                observer.Announce(note.Text);
            }
        }

        var trainer = config.Trainer.For(data.Count);
        if (config.Trainer.CountsEpochs && Reached(resumed, trainer) is TrainingResult done)
        {
            return done;
        }

        var seed = resumed?.Seed ?? config.Trainer.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        observer.Starting("building the model");
        using var task = TaskBuilder.Build(request, config, resumed?.TaskMetadata, data, seed, device, observer);
        if (resumed is null && request.InitialCheckpoint is null && task.Files?.Take(folder.Path) is string taken)
        {
            observer.Message(taken);
        }

        if (task.Prepare(data, new ItemReport(observer, "Encoded", "captions"), cancellation) is string problem)
        {
            observer.Warning(problem);
        }

        using var state = new TrainingState(task, trainer);
        state.CheckMeasured(task.Measured);
        if (resumed is not null)
        {
            resumed.Restore(state);
            foreach (var warning in ResumeWarnings(resumed, data))
            {
                observer.Warning(warning);
            }

            resumed.Dispose(); // Windows neither replaces nor deletes a file that is mapped
        }

        ConfigFile.WriteText(folder.ConfigPath, ConfigFile.ToYaml(config, comments: true));
        new RunNotes(request.Tags, request.Note).Update(folder.Path);
        MetricsFile.Truncate(folder.MetricsPath, state.Step);
        var lastStep = request.LastStep(trainer);
        if (DiskSpace.Warning(trainer, state, lastStep, DiskSpace.Free(folder.Path)) is string disk)
        {
            observer.Warning(disk);
        }

        var run = new RunDescription(config, seed, data.Fingerprint, task.Metadata);
        if (parallel is not null)
        {
            observer.Starting("waiting for the other processes");
            parallel.Begin($"{RunSetup.Of(run)}", data.Fingerprint, task, state, trainer);
        }

        var each = parallel is null ? "" : $"in each of {parallel.Processes.Count} processes ({parallel.Processes.Library}) ";
        observer.Message($"Training on {data.Count} clips with {EngineThread.Words(get_num_threads())} ({EngineThread.ThreadReason()}) "
            + $"{each}on {device}, from step {state.Step} to {lastStep}, seed {seed}.");
        monitor.Begin(state, lastStep);
        observer.Starting("taking the first step");

        var grid = task.Video is IVideoModel video ? new SampleGrid(video, state, trainer, data, seed, folder.Path) : null;
        var reconstructions = task.Codec is IClipCodec codec
            ? new ReconstructionGrid(codec, state, trainer, validation ?? data, seed, device, folder.Path) { Named = task.Files } : null;
        var loop = new Trainer(task, trainer, new BatchSequence(data, trainer, seed, device), state, seed)
        {
            Save = () =>
            {
                var path = CheckpointStore.Save(folder.Path, state, run, trainer.KeepCheckpoints);
                task.Files?.Save(folder.Path);
                return path;
            },
            DrawsFirst = task.Files?.Picture(0) is not null,
            Preview = trainer.Track && (grid is not null || reconstructions is not null) && trainer.NumSampleRows > 0 ? () => Draw(null) : null,
            Validate = validation is null ? null : () => new Validation(task, state, validation, trainer, device, observer).Measure(cancellation),
            Control = new RunControl(folder, monitor, Draw),
            LastCheckpoint = resumed?.Info.Path,
            Threads = device.type == TorchSharp.DeviceType.CPU && !EngineThread.AreThreadsChosen && parallel is null ? new ThreadTuner() : null,
            Parallel = parallel,
            UntilLoss = request.Until.Loss,
        };
        var reason = loop.Run(lastStep, timeLeft - clock.Elapsed, trainer.Track ? folder.MetricsPath : null, monitor, cancellation);
        if (loop.Progress is { } progress)
        {
            observer.Announce(FormattableString.Invariant($"Step {state.Step} of {lastStep}: {progress.LossText}."));
        }

        return new TrainingResult(
            folder.Path, loop.LastCheckpoint!, state.Step, state.Loss ?? double.NaN, clock.Elapsed, reason,
            data.Count, data.Skipped, loop.SkippedSteps);

        string Draw(RunRequest? order)
        {
            observer.Starting("drawing samples");
            var path = order?.Prompts is { Count: > 0 } prompts && grid is not null ? grid.Draw(prompts, order.Seed, cancellation)
                : grid?.Draw(cancellation) ?? reconstructions?.Draw() ?? throw TrainingErrors.NoPreview(family.Name);
            observer.Message($"Drew '{path}'.");
            return path;
        }
    }

    /// <summary>The result where a checkpoint has reached what is asked for already; null: it has not.</summary>
    /// <param name="trainer">Its spans in steps.</param>
    private TrainingResult? Reached(Checkpoint? resumed, TrainerConfig trainer)
    {
        var lastStep = request.LastStep(trainer);
        var hasStalled = resumed?.Info.BestBy == trainer.BestBy && resumed.Unimproved >= trainer.EarlyStoppingPatience;
        if (resumed is null || (resumed.Info.Step < lastStep && !(resumed.Info.Loss <= request.Until.Loss) && !hasStalled))
        {
            return null;
        }

        observer.Message(hasStalled
            ? $"trainer.early_stopping_patience ended the run: the last {resumed.Unimproved} validations brought no better {trainer.BestBy}."
            : $"'{resumed.Info.Path}' has reached what was asked for already: it is at step {resumed.Info.Step} of {lastStep}.");
        return new TrainingResult(
            folder.Path, resumed.Info.Path, resumed.Info.Step, resumed.Info.Loss ?? double.NaN, clock.Elapsed,
            StopReason.AlreadyComplete, 0, 0, 0);
    }

    private IEnumerable<string> ResumeWarnings(Checkpoint resumed, IExamples data)
    {
        if (resumed.TrainLr is double rate)
        {
            yield return FormattableString.Invariant(
                $"The learning rate is {rate}, as set while the run trained, in place of the {config.Trainer.TrainLr} of trainer.train_lr.");
        }

        if (!TrainingState.HasMoments(resumed.File))
        {
            yield return $"'{resumed.Info.Path}' has no optimizer state, as imported models have none: Adam begins with fresh moments.";
        }

        if (resumed.LibTorchVersion is { } version && version != TorchBuild.Version)
        {
            yield return $"libtorch is {TorchBuild.Version}, and was {version} when '{resumed.Info.Path}' was saved: last bits may differ from here on.";
        }

        if (resumed.DatasetFingerprint.Length > 0 && resumed.DatasetFingerprint != data.Fingerprint)
        {
            yield return "The clips are not the ones that this run was trained on so far; it continues with the new ones.";
        }
    }

    /// <summary>The checkpoint to continue from, or null for a new run.</summary>
    private Checkpoint? FindCheckpoint()
    {
        if (Continuation.Find(request, folder.Path, observer.Warning) is not CheckpointInfo chosen)
        {
            return null;
        }

        var checkpoint = Checkpoint.Open(chosen.Path);
        observer.Message($"Continuing from '{chosen.Path}'.");
        return checkpoint;
    }

    /// <summary>From which the next call would continue otherwise.</summary>
    private IEnumerable<string> CheckpointsAfter(int step) =>
        CheckpointStore.List(folder.Path).Where(info => info.Step > step).Select(info => info.Path);

    /// <summary>It is not the time to train: nothing is touched.</summary>
    private static TrainingResult Outside(TrainingRequest request, ITrainingObserver observer)
    {
        observer.Message(request.Hours is TimeWindow hours
            ? $"It may train between {hours} only; nothing was done."
            : $"It might train until {request.Until.Time:yyyy-MM-dd HH:mm} only; nothing was done.");
        var newest = Directory.Exists(request.Folder) ? CheckpointStore.List(request.Folder).LastOrDefault(info => info.IsReadable) : null;
        return new TrainingResult(
            request.Folder, newest?.Path ?? "", newest?.Step ?? 0, newest?.Loss ?? double.NaN, TimeSpan.Zero, StopReason.OutsideHours, 0, 0, 0);
    }
}
