namespace TinySora.Engine.Data.Corpora;

/// <summary>How a corpus is split.</summary>
public sealed record MsrVttSplitOptions
{
    /// <summary>
    /// Whether <c>annotations.json</c> has an object for each caption, as the early Open-Sora wrote it, and not one for each video.
    /// </summary>
    public bool EntryPerCaption { get; init; }

    /// <summary>Copies every video anew, and writes over other files of the same names.</summary>
    public bool Force { get; init; }
}
