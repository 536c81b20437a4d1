using TinySora.Engine.Configuration;
using TinySora.Engine.Formats;
using static System.FormattableString;

namespace TinySora.Engine.Training.Requests;

/// <summary>Request for a training run: the configuration, the data and the limits.</summary>
public sealed record TrainingRequest
{
    public required RunConfig Config { get; init; }

    /// <summary>Folder of the clips; <c>null</c> for <c>training_data_dir</c> of the configuration.</summary>
    public string? DataPath { get; init; }

    /// <summary>Folder for checkpoints and metrics; <c>null</c> for <c>trainer.results_folder</c> of the configuration.</summary>
    public string? ResultsPath { get; init; }

    /// <summary>
    /// Total number of steps after which to stop; <c>null</c> for <c>train_num_steps</c>. The learning rate always follows <c>train_num_steps</c>.
    /// </summary>
    public int? MaxSteps { get; init; }

    /// <summary>Time limit in minutes, including data loading; <c>null</c> for no limit.</summary>
    public double? MaxMinutes { get; init; }

    /// <summary>Goals that end the run, in addition to its number of steps.</summary>
    public TrainingGoal Until { get; init; } = new();

    /// <summary>Daily hours during which training is allowed; <c>null</c> for all day.</summary>
    public TimeWindow? Hours { get; init; }

    /// <summary>Whether the run must resume an earlier run; if there is none, it fails.</summary>
    public bool Resume { get; init; }

    /// <summary>Step of the checkpoint to resume from; newer checkpoints are moved into a subfolder. <c>null</c> for the newest checkpoint.</summary>
    public int? FromStep { get; init; }

    /// <summary>Whether to start from scratch and move the files of an earlier run into a subfolder.</summary>
    public bool Force { get; init; }

    /// <summary>The device: <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Tags for finding the run; <c>null</c> to keep existing ones.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Note about the run; <c>null</c> to keep an existing one.</summary>
    public string? Note { get; init; }

    /// <summary>Seed that overrides the seed in the configuration; <c>null</c> to use the configuration's seed.</summary>
    public long? Seed { get; init; }

    /// <summary>Path of a checkpoint to fine-tune: a new run starts from its averaged weights, at step 0; <c>null</c> for none.</summary>
    public string? InitialCheckpoint { get; init; }

    /// <summary>Name of the adapter to train for the initial checkpoint, instead of all weights; <c>null</c> to train all weights.</summary>
    public string? Adapter { get; init; }

    /// <summary>Presets from which a new run chooses the most promising one instead of the configuration; <c>null</c> to use the configuration.</summary>
    public IReadOnlyList<OfferedPreset>? Offers { get; init; }

    /// <summary>Sentence that states which presets are not offered, and why; <c>null</c> if all presets are offered.</summary>
    public string? LeftOut { get; init; }

    /// <summary>Whether to test the model on a few generated clips when the run has completed, and report the result.</summary>
    public bool IsTested { get; init; }

    /// <summary>Returns the number of steps after which the run is complete; <c>int.MaxValue</c> if a time budget ends it.</summary>
    /// <param name="trainer">Trainer configuration in which every span is converted to steps.</param>
    internal int LastStep(TrainerConfig trainer) => trainer.TrainMinutes is null ? ExpectedSteps(trainer) : RequestedSteps ?? int.MaxValue;

    /// <summary>Returns the expected number of steps; a time budget may end the run earlier or later.</summary>
    /// <inheritdoc cref="LastStep"/>
    internal int ExpectedSteps(TrainerConfig trainer) => RequestedSteps ?? trainer.TrainNumSteps.Steps;

    /// <summary>Returns whether a run is complete.</summary>
    /// <param name="spent">Time already spent of <c>trainer.train_minutes</c>.</param>
    /// <inheritdoc cref="LastStep"/>
    internal bool IsReached(TrainerConfig trainer, int step, TimeSpan spent) =>
        step >= LastStep(trainer) || spent.TotalMinutes >= trainer.TrainMinutes;

    private int? RequestedSteps => new[] { MaxSteps, Until.Steps }.Min();

    /// <summary>Data folder that the run uses.</summary>
    internal string DataFolder => DataPath ?? Config.TrainingDataDir;

    /// <summary>Results folder that the run uses.</summary>
    internal string Folder => ResultsPath ?? Config.Trainer.ResultsFolder;

    /// <summary>Keys that were set when the run's model was imported, with their original values in the configuration.</summary>
    internal TextTable<string> PublishedKeys { get; init; } = [];

    /// <summary>Configuration with the seed of this request, if the request specifies one.</summary>
    internal RunConfig Seeded => Seed is null ? Config : Config with { Trainer = Config.Trainer with { Seed = Seed } };

    /// <summary>Returns whether a run may start at a given time.</summary>
    internal bool MayBegin(DateTime now) => (Hours is null || Hours.EndAt(now) is not null) && !(Until.Time <= now);

    /// <summary>Returns whether training is not allowed at the given time, but will be allowed again later.</summary>
    internal bool WaitsForHours(DateTime now) => Hours is not null && Hours.EndAt(now) is null && !(Until.Time <= now);

    /// <summary>
    /// Returns whether a run that began and ended at the given times continues when its hours begin again. A run can end shortly before the end of its hours.
    /// </summary>
    /// <param name="ended">Reason why the run ended.</param>
    internal bool ContinuesInHours(RunState ended, DateTime begun, DateTime now) => ended switch
    {
        RunState.OutsideHours => Hours is not null && !(Until.Time <= now),
        RunState.TimeBudget => WaitsForHours(now) || (Hours?.EndAt(begun) is not null && WhenStopped(begun) == AtEndOfHours),
        _ => false,
    };

    /// <summary>Returns the time limit of a run that starts at the given time; <c>null</c> if there is none.</summary>
    internal TimeSpan? TimeLeft(DateTime now) => Limits(now).Min(limit => limit.Time);

    /// <summary>Returns text that states when a time limit stops a run that started at a given time, such as "after 30 min (-MaxMinutes)".</summary>
    internal string WhenStopped(DateTime begun) => Limits(begun).MinBy(limit => limit.Time).When;

    private string AtEndOfHours => $"at the end of -Between {Hours}";

    private IEnumerable<(TimeSpan? Time, string When)> Limits(DateTime now)
    {
        (TimeSpan? Time, string When)[] limits =
        [
            (To(Hours?.EndAt(now)), AtEndOfHours),
            (To(Until.Time), Invariant($"at {Until.Time:yyyy-MM-dd HH:mm} (-Until)")),
            (MaxMinutes is double minutes ? TimeSpan.FromMinutes(minutes) : null, Invariant($"after {MaxMinutes:0.####} min (-MaxMinutes)")),
        ];
        return limits.Where(limit => limit.Time is not null);

        TimeSpan? To(DateTime? end) => end is DateTime time ? TimeWindow.Passing(now, time, TimeZoneInfo.Local) : null;
    }
}
