using System.Diagnostics;
using System.Security.Cryptography;
using TinySora.Engine.Compute;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Errors;
using TinySora.Engine.Text;
using TinySora.Engine.Training;
using TorchSharp;
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

    private readonly TrainingRequest request;
    private readonly ITrainingObserver observer;
    private readonly RunConfig config;
    private readonly ResultsFolder folder;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly TimeSpan? timeLeft;

    private TrainingSession(TrainingRequest request, ITrainingObserver observer)
    {
        this.request = request;
        this.observer = observer;
        config = request.Seeded;
        timeLeft = request.TimeLeft(DateTime.Now);
        folder = ResultsFolder.Open(request.Folder);
    }

    private int LastStep => request.LastStep;

    /// <summary>Runs on the engine thread and returns when training stopped; a checkpoint is then written.</summary>
    /// <exception cref="TinySoraException">
    /// OtherConfiguration, NothingToResume, FolderInUse, NonFiniteLoss, CannotWrite, and what reading the data may throw.
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
            return Outside(request, observer);
        }

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
                using var session = new TrainingSession(request, observer);
                return session.Run(stop.Token);
            });
        }
        finally
        {
            Turn.Release();
        }
    }

    public void Dispose() => folder.Dispose();

    private TrainingResult Run(CancellationToken cancellation)
    {
        var device = DeviceChoice.Resolve(request.Device);
        TextEncoders.Check(config);
        if (request.Force && folder.MoveAside() is string aside)
        {
            observer.Message($"Moved the files of the earlier run to '{aside}'.");
        }

        using var resumed = FindCheckpoint();
        if (request.FromStep is int step && folder.MoveAside(CheckpointsAfter(step)) is string later)
        {
            observer.Message($"Moved the checkpoints after step {step} to '{later}'.");
        }

        if (resumed is not null && (resumed.Info.Step >= LastStep || resumed.Info.Loss <= request.Until.Loss))
        {
            observer.Message($"'{resumed.Info.Path}' has reached what was asked for already: it is at step {resumed.Info.Step} of {LastStep}.");
            return new TrainingResult(
                folder.Path, resumed.Info.Path, resumed.Info.Step, resumed.Info.Loss ?? double.NaN, clock.Elapsed,
                StopReason.AlreadyComplete, 0, 0, 0);
        }

        // From here on the folder tells what the run does, to whoever looks, until its last word.
        using var monitor = new RunMonitor(observer, folder, config.Trainer, device.ToString(), LastStep);
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
        using var data = OpenData(cancellation);
        var seed = resumed?.Seed ?? config.Trainer.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        using var task = CreateTask(resumed, data, seed, device);
        if (task.PrepareCaptions(data.Captions, data.CacheFolder, new ItemReport(observer, "Encoded", "captions"), cancellation) is string note)
        {
            observer.Warning(note);
        }

        using var state = new TrainingState(task.Model, config.Trainer);
        if (resumed is not null)
        {
            resumed.Restore(state);
            if (resumed.TrainLr is double rate)
            {
                observer.Warning(FormattableString.Invariant(
                    $"The learning rate is {rate}, as set while the run trained, in place of the {config.Trainer.TrainLr} of trainer.train_lr."));
            }

            if (!TrainingState.HasMoments(resumed.File))
            {
                observer.Warning($"'{resumed.Info.Path}' has no optimizer state, as imported models have none: Adam begins with fresh moments.");
            }

            if (resumed.DatasetFingerprint.Length > 0 && resumed.DatasetFingerprint != data.Fingerprint)
            {
                observer.Warning("The clips are not the ones that this run was trained on so far; it continues with the new ones.");
            }
        }

        ConfigFile.WriteText(folder.ConfigPath, ConfigFile.ToYaml(config, comments: true));
        MetricsFile.Truncate(folder.MetricsPath, state.Step);
        if (DiskSpace.Warning(config.Trainer, state, LastStep, DiskSpace.Free(folder.Path)) is string disk)
        {
            observer.Warning(disk);
        }

        foreach (var slow in device.type == DeviceType.CPU ? RuntimeInfo.SlowLibraries() : [])
        {
            observer.Warning(slow);
        }

        observer.Message($"Training on {data.Count} clips with {EngineThread.ThreadCount()} threads ({EngineThread.ThreadReason()}) "
            + $"on {device}, from step {state.Step} to {LastStep}, seed {seed}.");
        monitor.Begin(state);
        return Train(task, state, data, seed, device, resumed?.Info.Path, monitor, cancellation);
    }

    private TrainingResult Train(
        DiffusionTask task, TrainingState state, ClipDataset data, long seed, Device device, string? newest, RunMonitor monitor,
        CancellationToken cancellation)
    {
        var run = new RunDescription(config, seed, data.Fingerprint, task.Metadata);
        var batches = new BatchSequence(
            data.Count, config.Trainer.TrainBatchSize, seed, config.Trainer.HorizontalFlip,
            epoch => ClipDataset.Order(seed, epoch, data.Count), indices => data.GetBatch(indices, device));
        var grid = new SampleGrid(task, state, config.Trainer, data, seed, folder.Path);
        var trainer = new Trainer(task, config.Trainer, batches, state, seed)
        {
            Save = () => CheckpointStore.Save(folder.Path, state, run, config.Trainer.KeepCheckpoints),
            Preview = config.Trainer.NumSampleRows > 0 ? () => Draw(null) : null,
            Control = new RunControl(folder, monitor, Draw),
            LastCheckpoint = newest,
            UntilLoss = request.Until.Loss,
        };
        var reason = trainer.Run(LastStep, timeLeft - clock.Elapsed, folder.MetricsPath, monitor, cancellation);
        return new TrainingResult(
            folder.Path, trainer.LastCheckpoint!, state.Step, state.Loss ?? double.NaN, clock.Elapsed, reason,
            data.Count, data.Skipped.Count, trainer.SkippedSteps);

        string Draw(RunRequest? request)
        {
            var path = request?.Prompts is { Count: > 0 } prompts
                ? grid.Draw(prompts, request.Seed, cancellation)
                : grid.Draw(cancellation);
            observer.Message($"Drew '{path}'.");
            return path;
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

    private ClipDataset OpenData(CancellationToken cancellation)
    {
        var path = DatasetSplit.FolderOf(request.DataPath ?? config.TrainingDataDir, DatasetSplit.Training);
        var data = ClipDataset.Open(path, config, new ItemReport(observer, "Decoded", "clips"), cancellation);
        observer.Message($"Found {data.Count} clips in '{path}'.");
        if (data.Note is string note)
        {
            observer.Warning(note);
        }

        foreach (var skipped in data.Skipped.Where(clip => !clip.IsTooShort))
        {
            observer.Warning($"{skipped}");
        }

        if (data.Skipped.Where(clip => clip.IsTooShort).ToList() is [var first, ..] tooShort)
        {
            observer.Warning($"{tooShort.Count} clips are shorter than the {config.Diffusion.NumFrames} frames of diffusion.num_frames and were left out; the first: {first.Path}");
        }

        if (data.WithoutCaption > 0 && config.Model.EffectiveTextEncoder != "none")
        {
            observer.Warning($"{data.WithoutCaption} clips have no caption; they train the model without text.");
        }

        if (data.Vectors?.Count(vector => vector is null) is int missing and > 0)
        {
            observer.Warning($"{missing} clips have no vector (NAME.npy); they train the model without one.");
        }

        return data;
    }

    private DiffusionTask CreateTask(Checkpoint? resumed, ClipDataset data, long seed, Device device)
    {
        manual_seed(seed);
        if (resumed is not null)
        {
            return DiffusionTask.Restore(config, resumed.TaskMetadata, device);
        }

        if (request.InitialCheckpoint is null)
        {
            return DiffusionTask.Create(config, data.Captions, device);
        }

        using var initial = CheckpointStore.Load(request.InitialCheckpoint);
        var differences = ConfigFile.Compare(initial.Config, config)
            .Where(difference => difference.Key.StartsWith("model.", StringComparison.Ordinal)).ToList();
        if (differences.Count > 0)
        {
            throw TrainingErrors.OtherInitialModel(initial.Info.Path, [.. differences.Select(difference => difference.ThereAndHere())]);
        }

        // Words that are new to the model get vectors of their own beside those that it has learned.
        var task = DiffusionTask.Restore(config, initial.TaskMetadata, device, data.Captions);
        ModelWeights.Load(initial.File, task.Model, averaged: true, mayGrow: true);
        observer.Message($"Starting from the weights of '{initial.Info.Path}'.");
        return task;
    }
}
