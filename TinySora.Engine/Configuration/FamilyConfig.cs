namespace TinySora.Engine.Configuration;

/// <summary>Names of a family's keys for the size and length of clips.</summary>
/// <param name="Height">Key for the frame height in pixels.</param>
/// <param name="Width">Key for the frame width in pixels; a <c>null</c> value means the height.</param>
/// <param name="Frames">Key for the number of frames per clip.</param>
public sealed record ClipKeys(string Height, string Width, string Frames);

/// <summary>
/// Configuration of one model family. Each property that holds a record is a section in the file, and the record's properties are the keys in that section.
/// </summary>
public abstract record FamilyConfig
{
    /// <summary>Name of the family, as in the key <c>family</c>.</summary>
    [NotAKey]
    public abstract string Name { get; }

    /// <summary>Property names of the optional trainer keys that this family reads.</summary>
    [NotAKey]
    public virtual IReadOnlyList<string> OptionalTrainerKeys => [];

    /// <summary>Names of the keys for the size and length of clips; <c>null</c> if these do not depend on keys alone.</summary>
    [NotAKey]
    public virtual ClipKeys? ClipKeys => null;

    /// <summary>Whether only the decoder of an autoencoder is trained, so that its latents stay as they are.</summary>
    [NotAKey]
    public virtual bool TrainsOnlyDecoder => false;

    /// <summary>Returns the keys outside of the section <c>model</c> that must have the values of another configuration for its weights to fit.</summary>
    /// <param name="other">Configuration of the same family.</param>
    public virtual IEnumerable<string> ConflictsWithWeightsOf(FamilyConfig other) => [];

    /// <summary>Adds the rules for the family's keys and their relations to each other and to the common keys.</summary>
    public abstract void Check(RunConfig config, ConfigRules rules);

    /// <summary>Names of files that only runs of this family write to their folders, with * in place of a number.</summary>
    [NotAKey]
    public virtual IReadOnlyList<string> RunFiles => [];

    /// <summary>Returns the configuration with the paths of other programs' files and of other checkpoints replaced.</summary>
    /// <param name="map">Maps a path to its replacement.</param>
    public virtual FamilyConfig MapPaths(Func<string, string> map) => this;

    /// <summary>Whether this family reads a common key.</summary>
    internal bool Takes(ConfigKey key) => !key.IsFamilySpecific || OptionalTrainerKeys.Contains(key.PropertyName);
}
