using System.ComponentModel;

namespace TinySora.Engine.Families.VideoAutoencoder.Config;

/// <summary>The section <c>clip</c>; networks get their pixels in [-0.5, 0.5].</summary>
public sealed record ClipConfig
{
    [Description("Frames of a clip.")]
    public int SequenceLength { get; init; } = 16;

    [Description("Height of a frame in pixels, and its width where width says nothing else.")]
    public int Resolution { get; init; } = 64;

    [Description("Width of a frame in pixels; null: resolution.")]
    public int? Width { get; init; }

    [Description("Frames that become smaller are antialiased; false: each pixel mixes the four nearest, as VideoGPT's and minisora's readers do.")]
    public bool Antialias { get; init; } = true;
}
