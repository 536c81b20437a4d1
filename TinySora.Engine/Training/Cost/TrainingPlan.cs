using System.Globalization;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using TorchSharp;

namespace TinySora.Engine.Training.Cost;

/// <summary>What a training run would do and take, measured and reckoned before it is begun. Making one writes nothing.</summary>
public sealed record TrainingPlan
{
    private const int MeasuredSteps = 3;

    public required TrainingRequest Request { get; init; }

    public required TrainingCost Cost { get; init; }

    /// <summary>The checkpoint that the run would continue from; null: it would begin.</summary>
    public CheckpointInfo? Checkpoint { get; init; }

    /// <summary>Steps completed when the run is, if time does not end it.</summary>
    public required int LastStep { get; init; }

    /// <summary>When the plan was made.</summary>
    public required DateTime MadeAt { get; init; }

    /// <summary>The disk space that the checkpoints of the run will take.</summary>
    public required DiskNeed Disk { get; init; }

    /// <summary>Bytes that the disk of the results folder has left.</summary>
    public required long? FreeDiskBytes { get; init; }

    /// <summary>
    /// The preset that would fit where this configuration does not, and of several the one that computes most; null: none, or none is needed.
    /// </summary>
    public string? FittingPreset { get; init; }

    /// <summary>How long a run may take that begins when the plan was made; null: as long as it needs.</summary>
    public TimeSpan? TimeLeft => new[] { Request.TimeLeft(MadeAt), Own }.Min();

    /// <summary>What is left of the time that the configuration gives to the run; null: it counts steps.</summary>
    private TimeSpan? Own => Request.Config.Trainer.TrainMinutes is double minutes
        ? TimeSpan.FromMinutes(minutes) - (Checkpoint?.Spent ?? TimeSpan.Zero) : null;

    private bool IsReached => Own is TimeSpan own ? own <= TimeSpan.Zero : FirstStep >= LastStep;

    public int FirstStep => Checkpoint?.Step ?? 0;

    public bool FitsDisk => !(Disk.Bytes > FreeDiskBytes);

    public bool Fits => Cost.Fits && FitsDisk;

    /// <summary>How long it would take, in full or until its time is up.</summary>
    public TimeSpan? Duration
    {
        get
        {
            var steps = Request.MayBegin(MadeAt) ? Math.Max(0, LastStep - FirstStep) : 0;
            var full = Own is TimeSpan own && Request.MayBegin(MadeAt) ? own.TotalSeconds : Cost.SecondsPerStep * steps;
            return full is double seconds ? TrainingCost.Seconds(Math.Min(seconds, Math.Max(0, TimeLeft?.TotalSeconds ?? seconds))) : null;
        }
    }

    public DateTime? FinishesAt => (MadeAt.ToUniversalTime() + Duration)?.ToLocalTime();

    /// <summary>Measures some steps of the configuration, or reckons where they are long; and of the presets if it does not fit.</summary>
    /// <param name="config">The configuration's name.</param>
    /// <exception cref="TinySoraException">As for the run itself: OtherConfiguration, NothingToResume, NoSuchStep, NoSuchGpu.</exception>
    public static TrainingPlan Make(TrainingRequest request, string config, CancellationToken cancellation) =>
        EngineThread.Run(() =>
        {
            var device = DeviceChoice.Resolve(request.Device);
            return Make(request, config, device, MemoryUse.Free(device), DiskGuard.Free(request.Folder), cancellation);
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
        };
        if (plan.Fits)
        {
            return plan;
        }

        // Of one family, which trains on the same data: how much of that is an epoch is known.
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

        // Nobody is told to take what lacks its autoencoder, or does not go with the data.
        (string Name, TrainerConfig Trainer, TrainingCost Cost)? Try(string name, RunConfig preset)
        {
            try
            {
                return (name, InSteps(request, preset), Measure(preset, name, 1));
            }
            catch (TinySoraException)
            {
                return null;
            }
        }
    }

    /// <summary>The trainer's configuration with its spans in steps; the data is counted where they are not, and not opened.</summary>
    private static TrainerConfig InSteps(TrainingRequest request, RunConfig config) => !config.Trainer.CountsEpochs
        ? config.Trainer
        : config.Trainer.For(ModelFamilies.Of(config).Count(config, DatasetSplit.FolderOf(request.DataFolder, DatasetSplit.Training)));

    /// <summary>The plan in words, a sentence a line.</summary>
    public IEnumerable<string> Lines()
    {
        yield return !Request.MayBegin(MadeAt) ? "Nothing would be done now: the hours or the time given do not allow it."
            : Checkpoint is null
            ? $"A run of {HowLong()} would begin in '{Request.Folder}'."
            : IsReached ? Line($"Nothing would be done: '{Checkpoint.Path}' has reached step {FirstStep} of {LastStep} already.")
            : Own is TimeSpan left ? Line($"'{Checkpoint.Path}' would be continued from step {FirstStep} for {Durations.Text(left)}.")
            : Line($"'{Checkpoint.Path}' would be continued from step {FirstStep} to {LastStep}.");
        if (!Path.Exists(Request.DataFolder))
        {
            yield return $"Data: '{Request.DataFolder}' is not there, and the run would not begin before it is.";
        }

        yield return Line($"Model: {Cost.Parameters:#,##0} parameters{Flops()}.");
        yield return Line($"Memory: {Size(Cost.StateBytes)} for weights, gradients, moments and average{Activations()}")
            + (Cost.FreeBytes is long free ? Line($"; {Size(free)} are free.") : ".");
        if (Cost.SecondsPerStep is double seconds)
        {
            var how = Cost.IsEstimated ? $"about {Durations.Text(TrainingCost.Seconds(seconds))}, reckoned from forward passes"
                : Line($"{seconds:0.###} s, measured");
            yield return $"Step: {how} on {Cost.Device} with {EngineThread.Words(Cost.Threads)} in {Cost.Precision}; "
                + Line($"{Cost.ClipsPerSecond:0.##} clips a second.");
        }

        yield return $"Disk: {Disk}{(FreeDiskBytes is long bytes ? $"; {Size(bytes)} are free" : "")}.";
        if (Duration is TimeSpan duration)
        {
            yield return Line($"Time: {Durations.Text(duration)}; it would end at {FinishesAt:yyyy-MM-dd HH:mm}, reading the data not counted.");
        }

        if (!Fits)
        {
            yield return (Cost.Fits ? "It does not fit on the disk. " : "It does not fit into memory. ")
                + (FittingPreset is null ? "No preset does either." : $"The preset {FittingPreset} would fit.");
        }
    }

    private string HowLong() => Own is TimeSpan own ? Durations.Text(own) : Line($"{LastStep} steps");

    private string Flops() => Cost.ForwardFlops is double flops
        ? Line($", {flops / 1e9:0.###} GFLOP for the forward pass of a clip and {Cost.StepFlops / 1e9:0.#} for a step")
        : "";

    private string Activations() => Cost.ActivationBytes is long bytes ? Line($" and {Size(bytes)} for activations") : "";

    private static string Size(long bytes) => DiskGuard.Size(bytes);

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
