using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.LatentData;
using TinySora.Engine.Latents;

namespace TinySora.Engine.Families.LatentTransformer.Config;

/// <summary>The section <c>latents</c>: the latents, or pixels, that are denoised.</summary>
public sealed record LatentSpaceConfig
{
    [Description("Checkpoint of the autoencoder whose latents are denoised, or the folder of its run; empty: pixels.")]
    [MayChangeOnResume]
    public string Codec { get; init; } = "";

    [Description("Latents are drawn from the autoencoder's distribution anew at each visit; false: its means.")]
    public bool Sample { get; init; }

    [Description("What the mean and the deviation of latents are measured over, to be taken away before training: channel, all or none.")]
    public LatentNorm Normalize { get; init; } = LatentNorm.Channel;

    [Description("Latents are multiplied by this in place of measuring them, as by Stable Diffusion's 0.18215; null: measured.")]
    public double? Scale { get; init; }

    [Description("Added after scale.")]
    public double Shift { get; init; }

    [Description("Folder where latents of the films may lie, a file for each, named after it (clip.mp4.safetensors, or .pkl of the Latte tutorial); films "
        + "without are encoded. null: none.")]
    [MayChangeOnResume]
    public string? Folder { get; init; }

    [Description("Before training, latents of the films that have none there are written into folder.")]
    [MayChangeOnResume]
    public bool Save { get; init; }

    internal SavedLatents? Saved => Folder is string folder ? new(folder, Save) : null;

    internal LatentKind Kind => Sample ? LatentKind.Moments : LatentKind.Latents;

    internal bool IsPixels => Codec.Length == 0;
}

/// <summary>How latents are brought to mean 0 and deviation 1.</summary>
public enum LatentNorm
{
    Channel,

    /// <summary>All channels together, as minisora's ST-DiT does.</summary>
    All,

    None,
}
