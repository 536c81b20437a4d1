using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.FrameAutoencoder.Config;

/// <summary>What a run keeps in its results folder under the names of the published code.</summary>
public sealed record FrameFilesConfig
{
    [Description("File in results_folder that gets the autoencoder's weights with each checkpoint, as a plain state dict of PyTorch; a run that begins takes "
        + "those that are there. null: none.")]
    [MayChangeOnResume]
    public string? Autoencoder { get; init; }

    [Description("The same for the discriminator.")]
    [MayChangeOnResume]
    public string? Discriminator { get; init; }

    [Description("Pictures of sample_every in results_folder, with * for their number: 0 after the first step. null: sample-STEP.png.")]
    [MayChangeOnResume]
    public string? Samples { get; init; }
}
