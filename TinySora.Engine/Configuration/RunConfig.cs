using System.ComponentModel;

namespace TinySora.Engine.Configuration;

/// <summary>
/// Configuration of one training run, as in one YAML file. The keys in the file are the property names in snake_case, and an absent key has the default
/// value defined here. Instances are immutable, and those that <see cref="ConfigFile"/> returns are valid for training. <see cref="ConfigFile.Entries"/>
/// returns the descriptions of the keys. Use <see cref="ConfigFile.Compare"/> to compare two configurations, because lists compare by reference.
/// </summary>
public sealed record RunConfig
{
    [Description("Folder to search recursively for clips, relative to the current location.")]
    [MayChangeOnResume]
    public string TrainingDataDir { get; init; } = "./training_data";

    /// <summary>The model family with its sections, selected by the <c>family</c> key.</summary>
    [NotAKey]
    public FamilyConfig Family { get; init; } = FamilyConfigs.Default();

    public TrainerConfig Trainer { get; init; } = new();

    /// <summary>Returns this configuration with a typed family, for code of that family.</summary>
    public RunConfig<TFamily> Of<TFamily>()
        where TFamily : FamilyConfig => new((TFamily)Family, Trainer);
}

/// <summary>The part of a run's configuration that a family uses: its own sections, and the <c>trainer</c> section, which all families share.</summary>
public sealed record RunConfig<TFamily>(TFamily Family, TrainerConfig Trainer)
    where TFamily : FamilyConfig;
