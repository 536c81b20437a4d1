using TinySora.Engine.Data.Writing;

namespace TinySora.Engine.Data.Import;

/// <summary>A kind of dataset whose clips are cut from videos.</summary>
public abstract class ImportedKind : DatasetKind
{
    public override IReadOnlyList<string> Parameters =>
        ["Seed", "ImageSize", "Frames", "Format", "Duration", "CaptionPath", "FilterPath", "CaptionChoice", "Caption", "MaxClips"];

    /// <summary>Default options of this kind.</summary>
    public abstract ImportOptions Defaults { get; }

    /// <summary>Returns the file or folder that contains a source's videos.</summary>
    /// <param name="source">An existing file or folder.</param>
    /// <exception cref="Errors.TinySoraException">The source does not have this kind's layout.</exception>
    internal virtual string VideosOf(string source) => source;

    /// <summary>Returns the caption table that belongs to a source; <c>null</c> if there is none.</summary>
    /// <exception cref="Errors.TinySoraException">There are several tables.</exception>
    internal virtual string? CaptionsOf(string source) => null;

    /// <summary>Name of the caption table that every source should have; <c>null</c> if none is needed.</summary>
    internal virtual string? Table => null;

    /// <summary>Derives a caption from a video's name; <c>null</c> if that is not possible.</summary>
    /// <param name="name">Path relative to the source, with forward slashes.</param>
    internal virtual string? CaptionOf(string name) => null;
}
