using System.Text.Json.Serialization;
using TinySora.Engine.Data.Import;

namespace TinySora.Engine.Data.Frames;

/// <summary>How frames are chosen from videos.</summary>
public sealed record CaptureOptions
{
    /// <summary>The probability with which a frame is kept; 1: all.</summary>
    public double Probability { get; init; } = 0.1;

    public long Seed { get; init; }

    /// <summary>Whether frames are converted as the Latte tutorial does it with OpenCV; else as a player shows them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AsPublished { get; init; }

    /// <summary>The videos of the sources that are taken; the log of the folder names them one by one.</summary>
    [JsonIgnore]
    public FilmChoice Films { get; init; } = FilmChoice.All;

    /// <summary>Makes anew what an earlier run has written, in place of whatever frames are there.</summary>
    [JsonIgnore]
    public bool Force { get; init; }
}
