namespace TinySora.Engine.Configuration;

/// <summary>
/// How a published program writes its configuration files, which are read as they are: told by its sections, checked with its own keys, and
/// made into configurations of ours, one for each training that the file is for.
/// </summary>
public abstract class ConfigDialect
{
    /// <summary>The published programs whose configuration files can be read.</summary>
    public static IReadOnlyList<ConfigDialect> All { get; } = BuiltInAttribute.Create<ConfigDialect>();

    /// <summary>The trainings of a file, the first to be done first.</summary>
    public abstract IReadOnlyList<string> Parts { get; }

    /// <summary>The name of the program that wrote such files, for messages.</summary>
    public abstract string Name { get; }

    /// <summary>The sections with values that hold where a key is absent; its rules are the dialect's.</summary>
    public abstract FamilyConfig NewSections();

    /// <summary>One of the trainings as a configuration of ours.</summary>
    /// <param name="sections">Of <see cref="NewSections"/>, with the file's values.</param>
    /// <exception cref="Errors.TinySoraException">There is no such training.</exception>
    public abstract RunConfig Convert(FamilyConfig sections, string part);

    /// <summary>The videos that its program makes with the last of the trainings.</summary>
    /// <param name="sections">As for <see cref="Convert"/>.</param>
    public abstract ConfiguredVideos Videos(FamilyConfig sections);

    /// <summary>How its program captures frames of videos; <c>null</c> if it does not.</summary>
    /// <param name="sections">As for <see cref="Convert"/>.</param>
    public virtual ConfiguredFrames? Frames(FamilyConfig sections) => null;
}

/// <summary>How a published configuration has frames of videos captured, as training data of its frame autoencoder.</summary>
/// <param name="Videos">The folder of the videos.</param>
/// <param name="OutputPath">The folder that gets the frames.</param>
/// <param name="Extension">Extension of the videos, with a dot or without.</param>
/// <param name="FilterPath">A text file with a pattern of names on each line; <c>null</c> if all videos are taken.</param>
/// <param name="Probability">Probability with which a frame is kept.</param>
/// <param name="Seed">Seed of the choice.</param>
public sealed record ConfiguredFrames(string Videos, string OutputPath, string Extension, string? FilterPath, double Probability, long Seed);

/// <summary>What a configuration says of the videos that are made once its model is trained; null: nothing.</summary>
/// <param name="Checkpoint">The folder of the run.</param>
public sealed record ConfiguredVideos(string Checkpoint)
{
    /// <summary>The folder that gets the videos.</summary>
    public string? OutputPath { get; init; }

    /// <summary>The name of the files, to which a number from 0 is added, even to a single one.</summary>
    public string? Name { get; init; }

    /// <summary>The path of films that show the noised clips, with * for the number of steps that are left.</summary>
    public string? NoiseFilms { get; init; }

    /// <summary>The ending of the files.</summary>
    public string? Format { get; init; }

    public double? FramesPerSecond { get; init; }

    public int? Count { get; init; }

    /// <summary>The seed of the first video.</summary>
    public long? Seed { get; init; }

    /// <summary>The name of the files of <paramref name="count"/> videos.</summary>
    public string? NameOf(int count) => Name is not null && count == 1 ? $"{Name}_0" : Name;
}
