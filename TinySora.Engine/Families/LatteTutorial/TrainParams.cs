using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.LatteTutorial;

/// <summary>The section of the tutorial's files about both trainings.</summary>
public sealed record TrainParams
{
    [Description("Of weights, order and noise.")]
    public long Seed { get; init; } = 1111;

    [Description("Folder of all outputs.")]
    public string TaskName { get; init; } = "mmnist";

    [Description("Frames per micro-batch.")]
    public int AutoencoderBatchSize { get; init; } = 64;

    [Description("Passes over the frames.")]
    public int AutoencoderEpochs { get; init; } = 20;

    [Description("Learning rate of autoencoder and discriminator.")]
    public double AutoencoderLr { get; init; } = 0.0001;

    [Description("Micro-batches per optimizer step.")]
    public int AutoencoderAccSteps { get; init; } = 1;

    [Description("Micro-batches before the discriminator begins.")]
    public int DiscStart { get; init; } = 500;

    [Description("Weight of the discriminator.")]
    public double DiscWeight { get; init; } = 0.5;

    [Description("Dead key of the published files.")]
    [MayBeAbsent]
    public double? CodebookWeight { get; init; }

    [Description("Dead key of the published files.")]
    [MayBeAbsent]
    public double? CommitmentBeta { get; init; }

    [Description("Weight of LPIPS; 0: its files are not needed.")]
    public double PerceptualWeight { get; init; } = 1;

    [Description("Weight of the divergence of the latents.")]
    public double KlWeight { get; init; } = 0.000005;

    [Description("Micro-batches between pictures of reconstructions.")]
    public int AutoencoderImgSaveSteps { get; init; } = 64;

    [Description("Latents are written before the transformer is trained.")]
    [MayBeAbsent]
    public bool SaveLatents { get; init; }

    [Description("Clips per micro-batch of the transformer.")]
    public int DitvBatchSize { get; init; } = 4;

    [Description("Passes of the transformer over the clips.")]
    public int DitvEpochs { get; init; } = 300;

    [Description("Learning rate of the transformer.")]
    public double DitvLr { get; init; } = 0.0001;

    [Description("Micro-batches per optimizer step of the transformer.")]
    public int DitvAccSteps { get; init; } = 1;

    [Description("Videos that are sampled.")]
    [MayBeAbsent]
    public int NumSamples { get; init; } = 1;

    [Description("Folder of latents inside task_name.")]
    public string SaveVideoLatentDir { get; init; } = "video_latents";

    [Description("Dead key of the published files.")]
    [MayBeAbsent]
    public string? VaeLatentDirName { get; init; }

    [Description("File of the transformer inside task_name.")]
    public string DitvCkptName { get; init; } = "dit_ckpt.pth";

    [Description("File of the autoencoder inside task_name.")]
    public string VaeAutoencoderCkptName { get; init; } = "vae_autoencoder_ckpt.pth";

    [Description("File of the discriminator inside task_name.")]
    public string VaeDiscriminatorCkptName { get; init; } = "vae_discriminator_ckpt.pth";
}
