using System.ComponentModel;

namespace TinySora.Engine.Families.LatteTutorial;

/// <summary>The section of the tutorial's files about the data.</summary>
public sealed record DatasetParams
{
    [Description("Folder of frames inside task_name.")]
    public string ImPath { get; init; } = "mmnist-easy-images";

    [Description("Videos.")]
    public string VideoPath { get; init; } = "data/mmnist-easy";

    [Description("Extension of the videos.")]
    public string VideoExt { get; init; } = "mp4";

    [Description("Single frames beside each clip for joint training; 0: none.")]
    public int NumImagesTrain { get; init; } = 8;

    [Description("Height of a frame.")]
    public int FrameHeight { get; init; } = 72;

    [Description("Width of a frame.")]
    public int FrameWidth { get; init; } = 128;

    [Description("1 or 3.")]
    public int FrameChannels { get; init; } = 1;

    [Description("Frames of a clip.")]
    public int NumFrames { get; init; } = 16;

    [Description("A clip spans num_frames times this many frames of a video.")]
    public int FrameInterval { get; init; } = 2;

    [Description("Cut out a square from the middle; needs equal height and width.")]
    public bool CentreSquareCrop { get; init; }

    [Description("Text file with a pattern of names a line; null: all videos.")]
    public string? VideoFilterPath { get; init; }

    [Description("Probability with which a frame is captured.")]
    public double AeFrameSampleProb { get; init; } = 0.1;
}
