using System.ComponentModel;

namespace TinySora.Engine.Configuration;

/// <summary>
/// One training run, as one YAML file describes it. Property names are the file's keys in snake_case; an absent key takes
/// the default given here. Immutable and validated: an instance that <see cref="ConfigFile"/> returned can be trained.
/// The descriptions are what <see cref="ConfigFile.Entries"/> shows. Lists compare by reference; to compare two
/// configurations use <see cref="ConfigFile.Compare"/>.
/// </summary>
public sealed record RunConfig
{
    [Description("Folder searched recursively for clips; relative to the caller's location.")]
    [MayChangeOnResume]
    public string TrainingDataDir { get; init; } = "./training_data";

    /// <summary>The family of models, with its own sections; the key <c>family</c> names it.</summary>
    [NotAKey]
    public FamilyConfig Family { get; init; } = FamilyConfigs.Default();

    public TrainerConfig Trainer { get; init; } = new();

    /// <summary>This configuration with the sections of a family by their type, for code that knows which family it is.</summary>
    public RunConfig<TFamily> Of<TFamily>()
        where TFamily : FamilyConfig => new((TFamily)Family, Trainer);
}

/// <summary>The part of a run's configuration that a family sees: its own sections, and the trainer's, which is the same for all families.</summary>
public sealed record RunConfig<TFamily>(TFamily Family, TrainerConfig Trainer)
    where TFamily : FamilyConfig;
