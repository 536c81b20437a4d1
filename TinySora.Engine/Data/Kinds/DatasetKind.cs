namespace TinySora.Engine.Data.Kinds;

/// <summary>A kind of dataset that New-TinySoraDataset makes; <see cref="DatasetKinds"/> lists them.</summary>
public abstract class DatasetKind
{
    public abstract string Name { get; }

    /// <summary>One line for completion.</summary>
    public abstract string Description { get; }

    /// <summary>Parameters of New-TinySoraDataset that mean something to this kind and not to every one.</summary>
    public virtual IReadOnlyList<string> Parameters => [];
}

/// <summary>A clip of a dataset that is drawn.</summary>
/// <param name="Name">Below the folder, without extension.</param>
/// <param name="Number">Which of the kind's clips it is.</param>
internal readonly record struct NumberedClip(string Name, int Number);

/// <summary>A kind whose clips are drawn.</summary>
public abstract class DrawnKind : DatasetKind
{
    public override IReadOnlyList<string> Parameters => ["Seed", "ImageSize", "Frames", "Format"];

    /// <summary>What holds where nothing else is asked for.</summary>
    public abstract DrawOptions Defaults { get; }

    /// <summary>Checks the options and opens what they name.</summary>
    /// <returns>Draws clip k: a pure function of the options and k, so that an interrupted run can go on; called on several threads at once.</returns>
    /// <exception cref="Errors.TinySoraException">An option out of range, or an unusable file.</exception>
    internal abstract Func<int, CaptionedClip> Open(DrawOptions options);

    /// <summary>All clips of a dataset for which so many were asked for.</summary>
    internal virtual IEnumerable<NumberedClip> Clips(int count) => Enumerable.Range(0, count).Select(k => new NumberedClip($"{k:D5}", k));
}

/// <summary>A kind whose clips come out of videos.</summary>
public abstract class ImportedKind : DatasetKind
{
    public override IReadOnlyList<string> Parameters =>
        ["Seed", "ImageSize", "Frames", "Format", "Duration", "CaptionPath", "FilterPath", "CaptionChoice", "Caption"];

    /// <summary>What holds where nothing else is asked for.</summary>
    public abstract ImportOptions Defaults { get; }

    /// <summary>The file or folder in which a source has its videos.</summary>
    /// <param name="source">An existing file or folder.</param>
    /// <exception cref="Errors.TinySoraException">The source is not laid out as this kind wants it.</exception>
    internal virtual string VideosOf(string source) => source;

    /// <summary>The table of captions that a source brings; null: none.</summary>
    /// <exception cref="Errors.TinySoraException">There are several.</exception>
    internal virtual string? CaptionsOf(string source) => null;

    /// <summary>What a video shows that nothing else says a caption of; null: nobody knows.</summary>
    /// <param name="name">Its path below the source, with forward slashes.</param>
    internal virtual string? CaptionOf(string name) => null;
}
