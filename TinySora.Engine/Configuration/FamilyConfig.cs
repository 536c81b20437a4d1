namespace TinySora.Engine.Configuration;

/// <summary>The keys of a family that say in what size and length its models work.</summary>
/// <param name="Height">Pixels of a frame.</param>
/// <param name="Width">Pixels of a frame; null there: as the height.</param>
/// <param name="Frames">Of a clip.</param>
public sealed record ClipKeys(string Height, string Width, string Frames);

/// <summary>
/// What one family of models is configured with: each property that holds a record is a section of the file, that record's
/// properties are its keys.
/// </summary>
public abstract record FamilyConfig
{
    /// <summary>The name of the family, as the key <c>family</c> has it.</summary>
    [NotAKey]
    public abstract string Name { get; }

    /// <summary>The optional keys of the trainer that this family reads, by the names of their properties.</summary>
    [NotAKey]
    public virtual IReadOnlyList<string> Reads => [];

    /// <summary>The keys of the size and length of clips; null: none says them alone.</summary>
    [NotAKey]
    public virtual ClipKeys? ClipKeys => null;

    /// <summary>States the ranges of the keys, and what they must agree in with each other and with those of all families.</summary>
    public abstract void Check(RunConfig config, ConfigRules rules);

    /// <summary>The names of further files that a run writes into its folder, with * for a number.</summary>
    [NotAKey]
    public virtual IReadOnlyList<string> RunFiles => [];

    /// <summary>The configuration with its paths to other programs' files and other checkpoints replaced.</summary>
    /// <param name="map">From a path to the one in its place.</param>
    public virtual FamilyConfig MapPaths(Func<string, string> map) => this;

    /// <summary>Whether a key of all families is one of this.</summary>
    internal bool Takes(ConfigKey key) => !key.IsReadBySome || Reads.Contains(key.PropertyName);
}
