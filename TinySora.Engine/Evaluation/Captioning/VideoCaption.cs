using TinySora.Engine.Formats;

namespace TinySora.Engine.Evaluation.Captioning;

/// <summary>A stretch of a video and what its pixels tell of it; what is not sure is left out.</summary>
/// <param name="Path">Of the video.</param>
/// <param name="Start">Where in the video the stretch begins.</param>
/// <param name="Duration">The length of the stretch; null: to the video's end.</param>
/// <param name="Caption">A sentence in the form of a prompt.</param>
public sealed record VideoCaption(string Path, TimeSpan Start, TimeSpan? Duration, string Caption)
{
    /// <summary>The colours of what moves, each once, the largest thing's first.</summary>
    public TextList<string> Colours { get; init; } = [];

    /// <summary>The main colours of the background, at most two.</summary>
    public TextList<string> Background { get; init; } = [];

    /// <summary>Where the largest thing goes, "up and left" or "right, then left", or "growing"; null: nowhere, or not known.</summary>
    public string? Direction { get; init; }

    /// <summary>"slowly" or "quickly"; null: neither, or not known.</summary>
    public string? Speed { get; init; }

    /// <summary>How many things move; null: not known.</summary>
    public int? Things { get; init; }

    /// <summary>Where the camera goes; null: it rests, or that is not known.</summary>
    public string? Camera { get; init; }

    /// <summary>"dark" or "bright"; null: neither.</summary>
    public string? Brightness { get; init; }

    public int Shot { get; init; } = 1;

    /// <summary>Cuts within the stretch: none, unless one caption was asked for the whole video.</summary>
    public int Cuts { get; init; }

    public override string ToString() => Caption;
}
