using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using TorchSharp;
using static System.FormattableString;

namespace TinySora.Engine.Training.Cost;

/// <summary>What a training run would do, and its cost as measured or estimated before it starts. Making a plan does not write any files.</summary>
public sealed record TrainingPlan
{
    private const int MeasuredSteps = 3;

    public required TrainingRequest Request { get; init; }

    public required TrainingCost Cost { get; init; }

    /// <summary>Checkpoint that the run would resume from; <c>null</c> for a new run.</summary>
    public CheckpointInfo? Checkpoint { get; init; }

    /// <summary>Number of completed steps at the end of the run, unless a time limit ends the run earlier.</summary>
    public required int LastStep { get; init; }

    /// <summary>Time when the plan was made.</summary>
    public required DateTime MadeAt { get; init; }

    /// <summary>Disk space for the run's checkpoints.</summary>
    public required DiskNeed Disk { get; init; }

    /// <summary>Free bytes on the disk of the results folder.</summary>
    public required long? FreeDiskBytes { get; init; }

    /// <summary>The error that the run would report because of missing files, such as those of a text encoder; <c>null</c> if all exist.</summary>
    public string? MissingFiles { get; init; }

    /// <summary>
    /// Name of the most compute-intensive preset that fits in memory; <c>null</c> if the configuration itself fits, or if no preset fits.
    /// </summary>
    public string? FittingPreset { get; init; }

    /// <summary>Time limit of a run that starts now; <c>null</c> if there is none.</summary>
    public TimeSpan? TimeLeft => new[] { Request.TimeLeft(MadeAt), Own }.Min();

    /// <summary>Remaining time of the configuration's time budget; <c>null</c> if the configuration counts steps instead.</summary>
    private TimeSpan? Own => Request.Config.Trainer.TrainMinutes is double minutes
        ? TimeSpan.FromMinutes(minutes) - (Checkpoint?.Spent ?? TimeSpan.Zero) : null;

    private bool IsReached => Own is TimeSpan own ? own <= TimeSpan.Zero : FirstStep >= LastStep;

    public int FirstStep => Checkpoint?.Step ?? 0;

    public bool FitsDisk => !(Disk.Bytes > FreeDiskBytes);

    public bool Fits => Cost.Fits && FitsDisk;

    /// <summary>Expected duration of the run, limited by its time budget; <c>null</c> if unknown.</summary>
    public TimeSpan? Duration
    {
        get
        {
            var steps = Request.MayBegin(MadeAt) ? Math.Max(0, LastStep - FirstStep) : 0;
            var full = Own is TimeSpan own && Request.MayBegin(MadeAt) ? Math.Max(0, own.TotalSeconds) : Cost.SecondsPerStep * steps;
            return full is double seconds ? TrainingCost.Seconds(Math.Min(seconds, Math.Max(0, TimeLeft?.TotalSeconds ?? seconds))) : null;
        }
    }

    public DateTime? FinishesAt => (MadeAt.ToUniversalTime() + Duration)?.ToLocalTime();

    /// <summary>
    /// Makes a plan: measures a few steps of the configuration, or estimates their duration if they would take long. If the configuration does not fit in
    /// memory, measures presets.
    /// </summary>
    /// <param name="config">Name of the configuration file or preset, for display.</param>
    /// <exception cref="TinySoraException">Errors of the run itself: OtherConfiguration, NothingToResume, NoSuchStep, NoSuchGpu.</exception>
    public static TrainingPlan Make(TrainingRequest request, string config, CancellationToken cancellation) =>
        EngineThread.Run(() =>
        {
            var device = DeviceChoice.Resolve(request.Device);
            return Make(request, config, device, MemoryUse.GetFreeBytes(device), DiskGuard.Free(request.Folder), cancellation);
        });

    internal static TrainingPlan Make(
        TrainingRequest request, string name, torch.Device device, long? memory, long? disk, CancellationToken cancellation)
    {
        request = PublishedKeys.Adopt(request);
        var config = request.Seeded;
        if (!request.Force)
        {
            UserFiles.Check(request.Folder);
        }

        var checkpoint = request.Force ? null : Continuation.Find(request, request.Folder, _ => { });
        var trainer = InSteps(request, config);
        var lastStep = request.ExpectedSteps(trainer);
        TrainingCost Measure(RunConfig config, string name, int steps) => TrainingMeter.Measure(
            config, name, device, steps, memory, cancellation, TrainingMeter.Patience, request.DataFolder);

        var cost = Measure(config, name, MeasuredSteps);
        var plan = new TrainingPlan
        {
            Request = request,
            Cost = cost,
            Checkpoint = checkpoint,
            LastStep = lastStep,
            MadeAt = DateTime.Now,
            Disk = DiskNeed.Of(trainer, cost.Parameters, checkpoint?.Step ?? 0, lastStep),
            FreeDiskBytes = disk,
            MissingFiles = FindMissingFiles(config, request.DataFolder),
        };
        if (plan.Fits)
        {
            return plan;
        }

        // Presets of the same family train on the same data, so the length of an epoch is known.
        var presets = Presets.Names.Select(preset => (Name: preset, Config: ConfigFile.Parse(Presets.Text(preset), preset)))
            .Where(preset => preset.Config.Family.Name == config.Family.Name)
            .Select(preset => Try(preset.Name, preset.Config)).OfType<(string Name, TrainerConfig Trainer, TrainingCost Cost)>();
        return plan with
        {
            FittingPreset = presets
                .Where(preset => preset.Cost.Fits
                    && !(DiskNeed.Of(preset.Trainer, preset.Cost.Parameters, 0, preset.Trainer.TrainNumSteps.Steps).Bytes > disk))
                .OrderByDescending(preset => preset.Cost.ForwardFlops).FirstOrDefault().Name,
        };

        // Do not suggest presets whose autoencoder is missing, or that do not accept the data.
        (string Name, TrainerConfig Trainer, TrainingCost Cost)? Try(string name, RunConfig preset) =>
            OnFailure.Recover<(string, TrainerConfig, TrainingCost)?>(null, () => (name, InSteps(request, preset), Measure(preset, name, 1)));
    }

    /// <summary>Returns the trainer configuration with every span converted to steps. Counts the examples for this if needed, without opening them.</summary>
    private static TrainerConfig InSteps(TrainingRequest request, RunConfig config) => !config.Trainer.CountsEpochs
        ? config.Trainer
        : config.Trainer.For(ModelFamilies.Of(config).Count(config, DatasetSplit.FolderOf(request.DataFolder, DatasetSplit.Training)));

    /// <summary>Returns the plan as lines of text.</summary>
    public IEnumerable<string> Lines()
    {
        yield return !Request.MayBegin(MadeAt) ? "Training would not start now, because it is not allowed at this time (-Between, -Until)."
            : Checkpoint is null
            ? $"A run of {DescribeLength()} would start in '{Request.Folder}'."
            : IsReached ? $"Nothing would be done: '{Checkpoint.Path}' has already reached "
                + (Own is null ? Invariant($"step {FirstStep} of {LastStep}.") : Invariant($"the end of its time budget, at step {FirstStep}."))
            : Own is TimeSpan left ? Invariant($"'{Checkpoint.Path}' would be resumed at step {FirstStep} and trained for {Durations.Text(left)}.")
            : Invariant($"'{Checkpoint.Path}' would be resumed at step {FirstStep} and trained to step {LastStep}.");
        if (!Path.Exists(Request.DataFolder))
        {
            yield return $"Data: '{Request.DataFolder}' does not exist, but the run requires it.";
        }

        if (MissingFiles is not null)
        {
            yield return $"Files: {MissingFiles}";
        }

        yield return Invariant($"Model: {Cost.Parameters:#,##0} parameters{Flops()}.");
        yield return Invariant($"Memory: {Errors.Text.Size(Cost.StateBytes)} for weights, gradients, optimizer state and averaged weights{Activations()}")
            + (Cost.FreeBytes is long free ? Invariant($"; {Errors.Text.Size(free)} free.") : ".");
        if (Cost.SecondsPerStep is double seconds)
        {
            var how = Cost.IsEstimated ? $"about {Durations.Text(TrainingCost.Seconds(seconds))} (estimated from forward passes)"
                : Invariant($"{seconds:0.###} s (measured)");
            yield return $"Step: {how} on {Cost.Device} with {EngineThread.FormatThreads(Cost.Threads)} in {Cost.Precision}; "
                + Invariant($"{Cost.ClipsPerSecond:0.##} clips per second.");
        }

        yield return $"Disk: {Disk}{(FreeDiskBytes is long bytes ? $"; {Errors.Text.Size(bytes)} free" : "")}.";
        if (!IsReached && Duration is TimeSpan duration)
        {
            yield return Invariant($"Time: {Durations.Text(duration)} without reading the data; the run would end at {FinishesAt:yyyy-MM-dd HH:mm}.");
        }

        if (!Fits)
        {
            yield return (Cost.Fits ? "The run does not fit on the disk. " : "The run does not fit in memory. ")
                + (FittingPreset is null ? "No preset fits either." : $"Preset {FittingPreset} would fit.");
        }
    }

    private static string? FindMissingFiles(RunConfig config, string dataFolder)
    {
        try
        {
            ModelFamilies.Of(config).CheckDependencies(config, dataFolder);
            return null;
        }
        catch (TinySoraException e)
        {
            return e.Message;
        }
    }

    private string DescribeLength() => Own is TimeSpan own ? Durations.Text(own) : Invariant($"{LastStep} steps");

    private string Flops() => Cost.ForwardFlops is double flops
        ? Invariant($", {flops / 1e9:0.###} GFLOP for the forward pass of a clip and {Cost.StepFlops / 1e9:0.#} for an optimizer step")
        : "";

    private string Activations() => Cost.ActivationBytes is long bytes ? Invariant($", plus {Errors.Text.Size(bytes)} for activations") : "";
}
