using System.Collections.Immutable;

namespace TinySora.Engine.Configuration;

/// <summary>
/// How a published program writes its configuration files, which are read as they are: told by its sections, checked with its own keys, and
/// made into configurations of ours, one for each training that the file is for.
/// </summary>
public abstract class ConfigDialect
{
    private static ImmutableArray<ConfigDialect> s_all = [];

    public static IReadOnlyList<ConfigDialect> All => s_all;

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

    public static void Add(ConfigDialect dialect) => s_all = s_all.Add(dialect);
}
