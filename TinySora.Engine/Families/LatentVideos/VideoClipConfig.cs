using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Import;

namespace TinySora.Engine.Families.LatentVideos;

/// <summary>Size of the clips for latent diffusion and token models, and settings for cutting clips from videos.</summary>
public record VideoClipConfig
{
    /// <summary>Number of channels per frame if there is no autoencoder: red, green and blue.</summary>
    internal const int PixelChannels = 3;

    [Description("Frames per clip.")]
    [MayChangeOnResume]
    public int Frames { get; init; } = 16;

    [Description("Frame height in pixels.")]
    [MayChangeOnResume]
    public int Height { get; init; } = 64;

    [Description("Frame width in pixels; if null, the height is used.")]
    [MayChangeOnResume]
    public int? Width { get; init; }

    [Description("Frames to encode per video; if null, as many as a clip spans, or all frames with a frame autoencoder.")]
    [MayChangeOnResume]
    public int? SourceFrames { get; init; }

    [Description("Distance between consecutive frames of a clip, in latent frames.")]
    [MayChangeOnResume]
    public int FrameInterval { get; init; } = 1;

    [Description("Clips cut from each video per epoch.")]
    [MayChangeOnResume]
    public int ClipsPerVideo { get; init; } = 1;

    [Description("File extension of the videos to use, such as avi; if null, any.")]
    [MayChangeOnResume]
    public string? VideoExt { get; init; }

    [Description("Text file with names or patterns (*_TaiChi*) of the videos to use; if null, all videos.")]
    [MayChangeOnResume]
    public string? FilterPath { get; init; }

    [Description("true scales and center-crops frames; false stretches them; null follows the autoencoder's training.")]
    [MayChangeOnResume]
    public bool? CentreSquareCrop { get; init; }

    [Description("Folder of the videos that an Arrow dataset refers to by name.")]
    [MayChangeOnResume]
    public string? VideoDir { get; init; }

    internal VideoFilter VideoFilter => new(VideoExt, FilterPath);

    /// <summary>Number of frames to read from each video.</summary>
    internal int FramesToRead => SourceFrames ?? Frames * FrameInterval;

    /// <param name="channels">Number of channels per frame.</param>
    internal ClipShape Shape(int channels) => new(channels, Frames, Height) { Width = Width ?? Height };

    /// <summary>Returns the requirements for clips that an autoencoder encodes before training. Shorter clips are skipped.</summary>
    internal ClipRequirements Sources(bool takesText)
    {
        var frames = SourceFrames ?? (((Frames - 1) * FrameInterval) + 1);
        var shape = Shape(PixelChannels) with { Frames = frames, LengthRule = LengthRule.DropShort };
        return new(shape, new ClipKeys("clip.height", "clip.width", "clip.frames")) { TakesText = takesText, MayPad = false };
    }

    internal void Check(ConfigRules rules)
    {
        rules.Require(Frames >= 1, "clip.frames", "1 or more");
        rules.Require(Height >= 1, "clip.height", "1 or more");
        rules.Require(Width is null or >= 1, "clip.width", "1 or more, or null");
        rules.Require(FrameInterval >= 1, "clip.frame_interval", "1 or more");
        rules.Require(ClipsPerVideo >= 1, "clip.clips_per_video", "1 or more");
        rules.Require(SourceFrames is null || SourceFrames >= Frames, "clip.source_frames", $"at least clip.frames ({Frames}), or null", "clip.frames");
        rules.Require(VideoExt is null || VideoFilter.IsVideoExtension(VideoExt), "clip.video_ext",
            $"one of {string.Join(", ", ClipSource.Extensions.Select(extension => extension[1..]))}, or null");
        rules.Require(VideoDir is null or { Length: > 0 }, "clip.video_dir", "the path of a folder, or null");
        rules.Require(FilterPath is null or { Length: > 0 }, "clip.filter_path", "the path of a file, or null");
        var bytes = 3.0 * FramesToRead * Height * (Width ?? Height);
        rules.Require(bytes <= 1 << 30, "clip.height", "a height at which a video (3 x frames x height x width) takes at most 1 GiB",
            "clip.frames", "clip.source_frames", "clip.width");
    }
}
