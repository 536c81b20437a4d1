namespace TinySora.Engine.Data.Corpora;

/// <summary>How a corpus is split.</summary>
public sealed record MsrVttSplitOptions
{
    /// <summary>As the early Open-Sora wrote annotations.json: an object for each caption instead of one for each video.</summary>
    public bool EntryPerCaption { get; init; }

    /// <summary>Copies every video anew, and writes over other files of the same names.</summary>
    public bool Force { get; init; }
}
