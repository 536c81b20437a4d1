using System.ComponentModel;

namespace TinySora.Engine.Configuration;

/// <summary>
/// Configuration of one training run, described by one YAML file. Property names are the file's keys in snake_case; an absent key has
/// the default given here. Instances are immutable, and those returned by <see cref="ConfigFile"/> are valid for training.
/// <see cref="ConfigFile.Entries"/> shows the descriptions. Lists compare by reference; to compare two
/// configurations, use <see cref="ConfigFile.Compare"/>.
/// </summary>
public sealed record RunConfig
{
    [Description("Folder searched recursively for clips; relative to the caller's location.")]
    [MayChangeOnResume]
    public string TrainingDataDir { get; init; } = "./training_data";

    /// <summary>The model family with its sections, selected by the key <c>family</c>.</summary>
    [NotAKey]
    public FamilyConfig Family { get; init; } = FamilyConfigs.Default();

    public TrainerConfig Trainer { get; init; } = new();

    /// <summary>Returns this configuration with a typed family, for code of that family.</summary>
    public RunConfig<TFamily> Of<TFamily>()
        where TFamily : FamilyConfig => new((TFamily)Family, Trainer);
}

/// <summary>The part of a run's configuration for a family: its own sections, and the trainer's section, which all families share.</summary>
public sealed record RunConfig<TFamily>(TFamily Family, TrainerConfig Trainer)
    where TFamily : FamilyConfig;
