using System.Security.Cryptography;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Files;
using TinySora.Engine.Models;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Runs.Session;

/// <summary>
/// A run that is ready for its next step. It is used by training, by the other processes of a process group, and by the learning rate search. Its data must
/// be disposed separately.
/// </summary>
internal sealed class OpenedRun : IDisposable
{
    private OpenedRun(RunData data, ITrainingTask task, Device device, long seed, AdapterRun? adapter)
    {
        (Data, Task, Device, Seed) = (data, task, device, seed);
        if (device.type == DeviceType.CPU)
        {
            ModelSize.CheckState(data.Config, TrainingState.SizeInBytes(task.Model, data.Config.Trainer.Optimizer));
        }

        State = new TrainingState(task, data.Trainer, adapter?.Shape(task, data.Trainer));
        Adapter = State.Updates is LowRankUpdates updates ? adapter!.Describe(task, updates) : null;
        Batches = new BatchSequence(data.Training, data.Trainer, seed, device);
    }

    public RunData Data { get; }

    /// <summary>The configuration of the run.</summary>
    public RunConfig Config => Data.Config;

    /// <summary>Trainer configuration in which every span is converted to steps.</summary>
    public TrainerConfig Trainer => Data.Trainer;

    /// <summary>The model being trained, including its weights.</summary>
    public ITrainingTask Task { get; }

    /// <summary>State that training steps change; it is new, or restored from a checkpoint.</summary>
    public TrainingState State { get; }

    /// <summary>Description of the adapter that the run trains; <c>null</c> if it trains all weights.</summary>
    public AdapterInfo? Adapter { get; }

    /// <inheritdoc cref="RunDescription.InitialHash"/>
    public string? InitialHash { get; private set; }

    public BatchSequence Batches { get; }

    public Device Device { get; }

    /// <summary>The seed in use, even if the configuration does not set it.</summary>
    public long Seed { get; }

    /// <summary>Returns the device of the run, after checking that the files its model requires exist.</summary>
    /// <exception cref="TinySoraException">UnknownDevice, NoSuchGpu, and those of <see cref="ModelFamily.CheckDependencies"/>.</exception>
    public static Device ResolveDevice(TrainingRequest request, RunConfig config)
    {
        var device = DeviceChoice.Resolve(request.Device);
        ModelFamilies.Of(config).CheckDependencies(config, request.DataFolder);
        return device;
    }

    /// <summary>
    /// Checks that a run outside its scheduled hours will be able to start, without reading its data. An invalid request then fails immediately instead of
    /// when the hours begin.
    /// </summary>
    /// <exception cref="TinySoraException">Those of <see cref="ResolveDevice"/> and <see cref="RequestCheck"/>; the data folder is missing.</exception>
    public static void CheckSources(TrainingRequest request)
    {
        ResolveDevice(request, request.Config);
        if (!Path.Exists(request.DataFolder))
        {
            throw DataErrors.FolderMissing(request.DataFolder, ClipSource.Extensions);
        }

        RequestCheck.CheckInitial(request);
    }

    /// <summary>Opens a run whose task has new weights, the state of a checkpoint, or the weights of another run.</summary>
    /// <param name="resumed">Checkpoint to resume from, which this method closes; <c>null</c> for a new run.</param>
    /// <param name="folder">Folder with files from the published code that a new run may use; <c>null</c> for none.</param>
    /// <exception cref="TinySoraException">
    /// NotMeasured, OtherModel, errors in opening an adapter's base model, and those of <see cref="ModelFamily.Create"/> and <see cref="ModelFamily.Restore"/>.
    /// </exception>
    public static OpenedRun Open(
        TrainingRequest request, RunData data, Device device, ITrainingObserver observer, CancellationToken cancellation,
        Checkpoint? resumed = null, string? folder = null)
    {
        var seed = resumed?.Seed ?? data.Config.Trainer.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        observer.Starting("building the model");
        manual_seed(seed);
        using var initial = AdapterRun.OpenInitial(request, resumed);
        var adapter = request.Adapter is string name ? new AdapterRun(name, initial!, resumed?.Info.AdapterOf) : null;
        var task = resumed is not null ? ModelFamilies.Of(data.Config).Restore(data.Config, MetadataFor(data.Config, resumed), device)
            : initial is not null ? FromWeights(initial, data, device, observer)
            : ModelFamilies.Of(data.Config).Create(data.Config, data.Training, device);
        return OnFailure.Dispose(task, () =>
        {
            if (folder is not null && resumed is null && request.InitialCheckpoint is null && task.Files?.Load(folder) is string taken)
            {
                observer.Message(taken);
            }

            if (resumed is not null)
            {
                initial?.LoadWeights(task.Model, averaged: true, isInitial: true);
            }

            var run = Prepared(task, data, device, seed, observer, cancellation, adapter);
            run.State.Flops = initial is null ? task.PrerequisiteFlops : initial.Flops;
            run.InitialHash = resumed is not null ? resumed.InitialHash
                : initial is null ? "" : run.Adapter?.BaseHash ?? ModelWeights.Hash(initial.File, initial.Family.Published);
            return resumed is null ? run : OnFailure.Dispose(run, () => run.Continued(resumed, observer));
        });
    }

    /// <summary>Opens a run in any process of a process group except the first.</summary>
    /// <param name="run">Description of the run, received from the first process.</param>
    /// <inheritdoc cref="Open"/>
    public static OpenedRun Follow(RunDescription run, RunData data, Device device, ITrainingObserver observer)
    {
        var task = ModelFamilies.Of(data.Config).Restore(data.Config, run.TaskMetadata, device);
        return OnFailure.Dispose(task, () => Prepared(task, data, device, run.Seed, observer, CancellationToken.None));
    }

    public void Dispose()
    {
        State.Dispose();
        Task.Dispose();
    }

    private static OpenedRun Prepared(
        ITrainingTask task, RunData data, Device device, long seed, ITrainingObserver observer, CancellationToken cancellation, AdapterRun? adapter = null)
    {
        if (task.Prepare(data.Training, new ItemReport(observer, "Encoded", "captions"), cancellation) is string problem)
        {
            observer.Warning(problem);
        }

        TrainingState.CheckMeasured(data.Trainer, task.ValidationMetrics);
        return new OpenedRun(data, task, device, seed, adapter);
    }

    /// <summary>Creates a task with the averaged weights of another run.</summary>
    private static ITrainingTask FromWeights(Checkpoint initial, RunData data, Device device, ITrainingObserver observer)
    {
        // Words that are new to the model receive new vectors, which are appended to the learned ones.
        var task = ModelFamilies.Of(data.Config).Restore(data.Config, MetadataFor(data.Config, initial), device, data.Training);
        return OnFailure.Dispose(task, () =>
        {
            var added = initial.LoadWeights(task.Model, averaged: true, isInitial: true);
            observer.Message($"Starting from the weights of '{initial.Info.Path}'.");
            foreach (var network in added)
            {
                observer.Warning($"The {network} starts with random weights, because '{initial.Info.Path}' has none for it.");
            }

            return task;
        });
    }

    /// <summary>Returns the metadata of a model that starts with the weights of a checkpoint.</summary>
    private static IReadOnlyDictionary<string, string> MetadataFor(RunConfig config, Checkpoint from)
    {
        if (!config.Family.TrainsOnlyDecoder)
        {
            return from.TaskMetadata;
        }

        using var model = LoadedModel.Open(from, CPU);
        return FixedEncoder.Describe(model.Task, model.Hash);
    }

    private OpenedRun Continued(Checkpoint from, ITrainingObserver observer)
    {
        from.Restore(State);
        foreach (var warning in Warnings(from))
        {
            observer.Warning(warning);
        }

        from.Dispose(); // Windows neither replaces nor deletes a file that is open
        return this;
    }

    private IEnumerable<string> Warnings(Checkpoint from)
    {
        if (from.TrainLr is double rate)
        {
            yield return FormattableString.Invariant(
                $"The learning rate is {rate}, as set during the run, instead of {Config.Trainer.TrainLr} from trainer.train_lr.");
        }

        if (!StateTensors.HasOptimizer(from.File))
        {
            yield return $"'{from.Info.Path}' has no optimizer state, as is usual for imported models. The optimizer starts with new moments.";
        }

        if (from.LibTorchVersion is { } version && version != TorchBuild.Version)
        {
            yield return $"'{from.Info.Path}' was saved with libtorch {version}, but this process uses {TorchBuild.Version}. "
                + "Results may differ slightly because of rounding.";
        }

        if (from.DatasetFingerprint.Length > 0 && from.DatasetFingerprint != Data.Training.Fingerprint)
        {
            yield return ExampleSubset<Batch>.AreOfSameData(from.DatasetFingerprint, Data.Training.Fingerprint)
                ? "The automatic split has changed since this run was saved. Training continues with the new split."
                : "The dataset has changed since this run was saved. Training continues with the new clips.";
        }
    }
}
