using System.ComponentModel;

namespace TinySora.Engine.Families.FrameAutoencoder.Config;

/// <summary>What frames are brought to. Keys are named as in the published configuration where it has them.</summary>
public sealed record FrameDataConfig
{
    [Description("Height of a frame; a multiple of the network's stride.")]
    public int FrameHeight { get; init; } = 72;

    [Description("Width of a frame; a multiple of the network's stride.")]
    public int FrameWidth { get; init; } = 128;

    [Description("Scale the shorter side to frame_height and cut out the middle, a square; false: stretch.")]
    public bool CentreSquareCrop { get; init; }
}
