using TinySora.Engine.Data.Writing;

namespace TinySora.Engine.Data.Import;

/// <summary>A kind whose clips come out of videos.</summary>
public abstract class ImportedKind : DatasetKind
{
    public override IReadOnlyList<string> Parameters =>
        ["Seed", "ImageSize", "Frames", "Format", "Duration", "CaptionPath", "FilterPath", "CaptionChoice", "Caption", "MaxClips"];

    /// <summary>The options that hold unless others are asked for.</summary>
    public abstract ImportOptions Defaults { get; }

    /// <summary>The file or folder in which a source has its videos.</summary>
    /// <param name="source">An existing file or folder.</param>
    /// <exception cref="Errors.TinySoraException">The source is not laid out as this kind wants it.</exception>
    internal virtual string VideosOf(string source) => source;

    /// <summary>The table of captions that a source brings; null: none.</summary>
    /// <exception cref="Errors.TinySoraException">There are several.</exception>
    internal virtual string? CaptionsOf(string source) => null;

    /// <summary>How the table of captions is called that every source should bring; null: none is needed.</summary>
    internal virtual string? Table => null;

    /// <summary>A caption from the name of a video without one; null: none is known.</summary>
    /// <param name="name">Its path below the source, with forward slashes.</param>
    internal virtual string? CaptionOf(string name) => null;
}
