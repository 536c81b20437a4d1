using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Import;

namespace TinySora.Engine.Families.LatentData;

/// <summary>Size of the clips for latent diffusion and token models, and settings for cutting clips from videos.</summary>
public record VideoClipConfig
{
    /// <summary>Number of channels of frames without an autoencoder.</summary>
    internal const int PixelChannels = 3;

    [Description("Frames of a clip.")]
    [MayChangeOnResume]
    public int Frames { get; init; } = 16;

    [Description("Height of a frame in pixels.")]
    [MayChangeOnResume]
    public int Height { get; init; } = 64;

    [Description("Width of a frame in pixels; null: height.")]
    [MayChangeOnResume]
    public int? Width { get; init; }

    [Description("Frames to encode of each video; null: what a clip spans, or all with a frame autoencoder.")]
    [MayChangeOnResume]
    public int? SourceFrames { get; init; }

    [Description("Distance between the frames of a clip, in frames of latents.")]
    [MayChangeOnResume]
    public int FrameInterval { get; init; } = 1;

    [Description("Clips of each video in an epoch.")]
    [MayChangeOnResume]
    public int ClipsPerVideo { get; init; } = 1;

    [Description("Extension of the videos to use, such as avi; null: any.")]
    [MayChangeOnResume]
    public string? VideoExt { get; init; }

    [Description("Text file of names or patterns of videos, such as *_TaiChi*; null: all videos.")]
    [MayChangeOnResume]
    public string? FilterPath { get; init; }

    [Description("true: scale to cover, crop the centre; false: stretch; null: as the autoencoder was trained.")]
    [MayChangeOnResume]
    public bool? CentreSquareCrop { get; init; }

    [Description("Folder of the videos that Arrow parts name without codes; null: none.")]
    [MayChangeOnResume]
    public string? VideoDir { get; init; }

    internal VideoFilter VideoFilter => new(VideoExt, FilterPath);

    /// <summary>Number of frames read from a video.</summary>
    internal int FramesToRead => SourceFrames ?? Frames * FrameInterval;

    /// <param name="channels">Channels of a frame.</param>
    internal ClipShape Shape(int channels) => new(channels, Frames, Height) { Width = Width ?? Height };

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
        rules.Require(VideoDir is null or { Length: > 0 }, "clip.video_dir", "a folder, or null");
        rules.Require(FilterPath is null or { Length: > 0 }, "clip.filter_path", "a file, or null");
        var bytes = 3.0 * FramesToRead * Height * (Width ?? Height);
        rules.Require(bytes <= 1 << 30, "clip.height", "a size at which a video (3 x frames x height x width) takes at most 1 GiB",
            "clip.frames", "clip.source_frames", "clip.width");
    }
}
