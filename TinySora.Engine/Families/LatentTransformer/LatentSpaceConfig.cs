using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>What is denoised.</summary>
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

    internal bool IsPixels => Codec.Length == 0;
}
