using TinySora.Engine.Configuration;
using TinySora.Engine.Formats;
using static System.FormattableString;

namespace TinySora.Engine.Training.Requests;

/// <summary>What to train, on what, and for how long.</summary>
public sealed record TrainingRequest
{
    public required RunConfig Config { get; init; }

    /// <summary>Folder with clips; null: the configuration's training_data_dir.</summary>
    public string? DataPath { get; init; }

    /// <summary>Folder for checkpoints and metrics; null: the configuration's results_folder.</summary>
    public string? ResultsPath { get; init; }

    /// <summary>Stop after this many steps in all; null: train_num_steps. The learning rate follows train_num_steps.</summary>
    public int? MaxSteps { get; init; }

    /// <summary>Stop after this time, reading the data included; null: any.</summary>
    public double? MaxMinutes { get; init; }

    /// <summary>The goals that end the run beside its number of steps.</summary>
    public TrainingGoal Until { get; init; } = new();

    /// <summary>The hours of the day for training; null: all.</summary>
    public TimeWindow? Hours { get; init; }

    /// <summary>Whether it is an error when there is nothing to continue.</summary>
    public bool Resume { get; init; }

    /// <summary>Continue from the checkpoint of this step instead of the newest; newer ones are moved into a subfolder.</summary>
    public int? FromStep { get; init; }

    /// <summary>Start anew and move the files of an earlier run into a subfolder.</summary>
    public bool Force { get; init; }

    /// <summary>The device: <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Words by which the run is found among others; null: those that it has.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>What is to be said of the run; null: what was said already.</summary>
    public string? Note { get; init; }

    /// <summary>The seed in place of the configuration's; null: the configuration's.</summary>
    public long? Seed { get; init; }

    /// <summary>A checkpoint whose averaged weights a new run starts from, at step 0; for fine-tuning.</summary>
    public string? InitialCheckpoint { get; init; }

    /// <summary>The presets of which a new run takes the one that promises most in its time, in place of the configuration; null: none.</summary>
    public IReadOnlyList<OfferedPreset>? Offers { get; init; }

    /// <summary>The presets that are not offered and why, as a sentence to be told; null: all are.</summary>
    public string? LeftOut { get; init; }

    /// <summary>Whether a run that has come to its end is tested on a few clips, which is told.</summary>
    public bool IsTested { get; init; }

    /// <summary>The number of steps after which the run is complete; the greatest number where its time ends it.</summary>
    /// <param name="trainer">The configuration's, its spans in steps.</param>
    internal int LastStep(TrainerConfig trainer) => trainer.TrainMinutes is null ? ExpectedSteps(trainer) : AskedSteps ?? int.MaxValue;

    /// <summary>The number of steps that the run will probably have: its time may end it sooner or later.</summary>
    /// <inheritdoc cref="LastStep"/>
    internal int ExpectedSteps(TrainerConfig trainer) => AskedSteps ?? trainer.TrainNumSteps.Steps;

    /// <summary>Whether a run that has come so far is complete.</summary>
    /// <param name="spent">The time of train_minutes that it has spent.</param>
    /// <inheritdoc cref="LastStep"/>
    internal bool IsReached(TrainerConfig trainer, int step, TimeSpan spent) =>
        step >= LastStep(trainer) || spent.TotalMinutes >= trainer.TrainMinutes;

    private int? AskedSteps => new[] { MaxSteps, Until.Steps }.Min();

    /// <summary>The folder of the data in use.</summary>
    internal string DataFolder => DataPath ?? Config.TrainingDataDir;

    /// <summary>The results folder in use.</summary>
    internal string Folder => ResultsPath ?? Config.Trainer.ResultsFolder;

    /// <summary>The keys that the import of the run's model set, with the values that the configuration had for them.</summary>
    internal TextTable<string> PublishedKeys { get; init; } = [];

    /// <summary>The configuration with the seed of this request.</summary>
    internal RunConfig Seeded => Seed is null ? Config : Config with { Trainer = Config.Trainer with { Seed = Seed } };

    /// <summary>Whether a run may begin at a time.</summary>
    internal bool MayBegin(DateTime now) => (Hours is null || Hours.EndAt(now) is not null) && !(Until.Time <= now);

    /// <summary>Whether the hours of the run are over for today, and it has more to do in those of tomorrow.</summary>
    internal bool WaitsForHours(DateTime now) => Hours is not null && Hours.EndAt(now) is null && !(Until.Time <= now);

    /// <summary>How long a run that begins now may take; null: as long as it needs.</summary>
    internal TimeSpan? TimeLeft(DateTime now) => Limits(now).Min(limit => limit.Time);

    /// <summary>Returns when a run that began at a time was stopped by its time, as in "after 30 min of -MaxMinutes".</summary>
    internal string WhenStopped(DateTime begun) => Limits(begun).MinBy(limit => limit.Time).When;

    private IEnumerable<(TimeSpan? Time, string When)> Limits(DateTime now)
    {
        (TimeSpan? Time, string When)[] limits =
        [
            (To(Hours?.EndAt(now)), $"at the end of -Between {Hours}"),
            (To(Until.Time), Invariant($"at {Until.Time:yyyy-MM-dd HH:mm}, the time of -Until")),
            (MaxMinutes is double minutes ? TimeSpan.FromMinutes(minutes) : null, Invariant($"after {MaxMinutes:0.####} min of -MaxMinutes")),
        ];
        return limits.Where(limit => limit.Time is not null);

        TimeSpan? To(DateTime? end) => end is DateTime time ? TimeWindow.Passing(now, time, TimeZoneInfo.Local) : null;
    }
}
