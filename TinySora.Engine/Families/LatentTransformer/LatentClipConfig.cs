using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>The clips that the model makes, in frames and pixels.</summary>
public sealed record LatentClipConfig
{
    [Description("Frames of a clip.")]
    [MayChangeOnResume]
    public int Frames { get; init; } = 16;

    [Description("Height of a frame in pixels.")]
    [MayChangeOnResume]
    public int Height { get; init; } = 64;

    [Description("Width of a frame in pixels; null: height.")]
    [MayChangeOnResume]
    public int? Width { get; init; }

    [Description("Frames of each film that are encoded, and from which clips are taken; null: as many as a clip spans, "
        + "or all where the autoencoder takes single frames.")]
    [MayChangeOnResume]
    public int? SourceFrames { get; init; }

    [Description("A clip takes every so manieth frame of what the codec makes of a film.")]
    [MayChangeOnResume]
    public int FrameInterval { get; init; } = 1;

    [Description("Clips that an epoch takes from each film, each from a place of its own.")]
    [MayChangeOnResume]
    public int ClipsPerVideo { get; init; } = 1;

    [Description("Single frames of any films behind each clip, for joint training on images (Latte); 0: none.")]
    public int Images { get; init; }

    /// <summary>Frames that are read of a film.</summary>
    internal int Read => SourceFrames ?? Frames * FrameInterval;
}
