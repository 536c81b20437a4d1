namespace TinySora.Engine.Evaluation.Captioning;

/// <summary>How videos are parted for their captions.</summary>
public sealed record CaptioningOptions
{
    /// <summary>Seconds of a stretch with a caption of its own; shots go on in the next.</summary>
    public double Seconds { get; init; } = 2;

    /// <summary>One caption for each video, whatever its length and its cuts.</summary>
    public bool WholeVideo { get; init; }
}
