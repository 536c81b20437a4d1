namespace TinySora.Engine.Configuration;

/// <summary>
/// The configuration file format of a published program. Its files are recognized by their sections, validated against the program's own keys, and
/// converted to TinySora configurations, one for each training stage in the file.
/// </summary>
public abstract class ConfigDialect
{
    /// <summary>All supported dialects.</summary>
    public static IReadOnlyList<ConfigDialect> All { get; } = BuiltInAttribute.Create<ConfigDialect>();

    /// <summary>Names of the training stages that a file configures, in the order in which they must run.</summary>
    public abstract IReadOnlyList<string> Parts { get; }

    /// <summary>Name of the program, used in messages.</summary>
    public abstract string Name { get; }

    /// <summary>Creates the sections with the default values of all keys and with the dialect's rules.</summary>
    public abstract FamilyConfig NewSections();

    /// <summary>Converts one training stage to a TinySora configuration.</summary>
    /// <param name="sections">Sections created by <see cref="NewSections"/>, with the file's values.</param>
    /// <exception cref="Errors.TinySoraException">The file has no training stage with this name.</exception>
    public abstract RunConfig Convert(FamilyConfig sections, string part);

    /// <summary>Returns the settings of the videos that the program generates after its last training stage.</summary>
    /// <param name="sections">The same sections as for <see cref="Convert"/>.</param>
    public abstract ConfiguredVideos Videos(FamilyConfig sections);

    /// <summary>Returns the settings with which the program extracts frames from videos; <c>null</c> if it does not extract frames.</summary>
    /// <param name="sections">The same sections as for <see cref="Convert"/>.</param>
    public virtual ConfiguredFrames? Frames(FamilyConfig sections) => null;
}

/// <summary>Settings in a published configuration for extracting frames from videos, on which a frame autoencoder is then trained.</summary>
/// <param name="Videos">Folder of the videos.</param>
/// <param name="OutputPath">Folder to write the frames to.</param>
/// <param name="Extension">Extension of the videos, with or without a dot.</param>
/// <param name="FilterPath">Text file with one name pattern per line; <c>null</c> to use all videos.</param>
/// <param name="Probability">Probability of keeping a frame.</param>
/// <param name="Seed">Seed for selecting the frames.</param>
public sealed record ConfiguredFrames(string Videos, string OutputPath, string Extension, string? FilterPath, double Probability, long Seed);

/// <summary>Settings for the videos to generate after training. A property is <c>null</c> if the configuration does not set it.</summary>
/// <param name="Checkpoint">Folder of the run to generate from.</param>
public sealed record ConfiguredVideos(string Checkpoint)
{
    /// <summary>Folder to write the videos to.</summary>
    public string? OutputPath { get; init; }

    /// <summary>Base name of the files. A number, starting at 0, is appended even if there is only one file.</summary>
    public string? Name { get; init; }

    /// <summary>Path of the videos that show the noisy clips, with * in place of the number of remaining steps.</summary>
    public string? NoiseVideos { get; init; }

    /// <summary>Extension of the files.</summary>
    public string? Format { get; init; }

    public double? FramesPerSecond { get; init; }

    public int? Count { get; init; }

    /// <summary>Seed of the first video.</summary>
    public long? Seed { get; init; }

    /// <summary>Returns the base name of the files if <paramref name="count"/> videos are generated.</summary>
    public string? NameOf(int count) => Name is not null && count == 1 ? $"{Name}_0" : Name;
}
