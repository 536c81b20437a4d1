using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Dialects;

/// <summary>The <c>dataset_params</c> section of the Latte tutorial's configuration files.</summary>
public sealed record DatasetParams
{
    [Description("Folder of extracted frames, relative to task_name.")]
    public string ImPath { get; init; } = "mmnist-easy-images";

    [Description("Folder of the training videos.")]
    public string VideoPath { get; init; } = "data/mmnist-easy";

    [Description("File name extension of the videos.")]
    public string VideoExt { get; init; } = "mp4";

    [Description("Number of single frames added to each clip for joint training on images and videos; 0 adds none.")]
    public int NumImagesTrain { get; init; } = 8;

    [Description("Height of a frame in pixels.")]
    public int FrameHeight { get; init; } = 72;

    [Description("Width of a frame in pixels.")]
    public int FrameWidth { get; init; } = 128;

    [Description("Number of channels per frame: 1 or 3.")]
    public int FrameChannels { get; init; } = 1;

    [Description("Number of frames per clip.")]
    public int NumFrames { get; init; } = 16;

    [Description("Distance between consecutive frames of a clip, in frames of the video.")]
    public int FrameInterval { get; init; } = 2;

    [Description("Crop a square from the center of each frame; requires equal frame_height and frame_width.")]
    public bool CentreSquareCrop { get; init; }

    [Description("Text file with names or name patterns of the videos to use, one per line; if null, all videos are used.")]
    public string? VideoFilterPath { get; init; }

    [Description("Probability that a frame of a video is extracted as a training image for the autoencoder.")]
    public double AeFrameSampleProb { get; init; } = 0.1;
}

/// <summary>The <c>diffusion_params</c> section of the Latte tutorial's configuration files, which sets the noise schedule.</summary>
public sealed record DiffusionParams
{
    [Description("Number of timesteps.")]
    public int NumTimesteps { get; init; } = 1000;

    [Description("Noise variance (beta) at the first timestep.")]
    public double BetaStart { get; init; } = 0.0001;

    [Description("Noise variance (beta) at the last timestep.")]
    public double BetaEnd { get; init; } = 0.02;
}

/// <summary>The <c>ditv_params</c> section of the Latte tutorial's configuration files, which sets the size of the transformer.</summary>
public sealed record DitvParams
{
    [Description("Number of latent rows and columns in a patch.")]
    public int PatchSize { get; init; } = 2;

    [Description("Number of transformer layers, which alternate between spatial and temporal attention; must be even.")]
    public int NumLayers { get; init; } = 12;

    [Description("Width of the patch embeddings; must be a multiple of 4.")]
    public int HiddenSize { get; init; } = 768;

    [Description("Number of attention heads.")]
    public int NumHeads { get; init; } = 12;

    [Description("Width of an attention head.")]
    public int HeadDim { get; init; } = 64;

    [Description("Width of the timestep embedding; must be even.")]
    public int TimestepEmbDim { get; init; } = 256;
}

/// <summary>The <c>autoencoder_params</c> section of the Latte tutorial's configuration files, which sets the size of the autoencoder.</summary>
public sealed record AutoencoderParams
{
    [Description("Number of latent channels.")]
    public int ZChannels { get; init; } = 4;

    [Description("Has no effect; it is accepted because the published files contain it.")]
    [OptionalKey]
    public int? CodebookSize { get; init; }

    [Description("Number of channels at each level, finest first; each must be a multiple of norm_channels.")]
    public IReadOnlyList<int> DownChannels { get; init; } = [32, 64, 128];

    [Description("Number of channels before, between and after the middle blocks; a single value means no middle block.")]
    public IReadOnlyList<int> MidChannels { get; init; } = [128];

    [Description("Whether each transition between levels halves height and width.")]
    public IReadOnlyList<bool> DownSample { get; init; } = [true, true];

    [Description("Whether each level has attention; one value fewer than in down_channels.")]
    public IReadOnlyList<bool> AttnDown { get; init; } = [false, false];

    [Description("Number of groups in each group normalization.")]
    public int NormChannels { get; init; } = 32;

    [Description("Number of attention heads.")]
    public int NumHeads { get; init; } = 16;

    [Description("Number of residual layers per encoder level.")]
    public int NumDownLayers { get; init; } = 1;

    [Description("Number of attention layers per middle block.")]
    public int NumMidLayers { get; init; } = 1;

    [Description("Number of residual layers per decoder level.")]
    public int NumUpLayers { get; init; } = 1;
}

/// <summary>
/// The <c>train_params</c> section of the Latte tutorial's configuration files, for the training of both the autoencoder and the transformer.
/// </summary>
public sealed record TrainParams
{
    [Description("Random seed for initial weights, data order and noise.")]
    public long Seed { get; init; } = 1111;

    [Description("Folder for all outputs.")]
    public string TaskName { get; init; } = "mmnist";

    [Description("Number of frames per micro-batch of the autoencoder.")]
    public int AutoencoderBatchSize { get; init; } = 64;

    [Description("Number of epochs to train the autoencoder for.")]
    public int AutoencoderEpochs { get; init; } = 20;

    [Description("Learning rate of the autoencoder and the discriminator.")]
    public double AutoencoderLr { get; init; } = 0.0001;

    [Description("Number of micro-batches per optimizer step of the autoencoder.")]
    public int AutoencoderAccSteps { get; init; } = 1;

    [Description("Number of micro-batches before the discriminator is used.")]
    public int DiscStart { get; init; } = 500;

    [Description("Weight of the discriminator's losses.")]
    public double DiscWeight { get; init; } = 0.5;

    [Description("Has no effect; it is accepted because the published files contain it.")]
    [OptionalKey]
    public double? CodebookWeight { get; init; }

    [Description("Has no effect; it is accepted because the published files contain it.")]
    [OptionalKey]
    public double? CommitmentBeta { get; init; }

    [Description("Weight of the perceptual loss (LPIPS); if it is 0, the weight files of LPIPS are not needed.")]
    public double PerceptualWeight { get; init; } = 1;

    [Description("Weight of the KL divergence of the latents.")]
    public double KlWeight { get; init; } = 0.000005;

    [Description("Number of micro-batches between saved images of reconstructions.")]
    public int AutoencoderImgSaveSteps { get; init; } = 64;

    [Description("Save the latents of the videos before training the transformer.")]
    [OptionalKey]
    public bool SaveLatents { get; init; }

    [Description("Number of clips per micro-batch of the transformer.")]
    public int DitvBatchSize { get; init; } = 4;

    [Description("Number of epochs to train the transformer for.")]
    public int DitvEpochs { get; init; } = 300;

    [Description("Learning rate of the transformer.")]
    public double DitvLr { get; init; } = 0.0001;

    [Description("Number of micro-batches per optimizer step of the transformer.")]
    public int DitvAccSteps { get; init; } = 1;

    [Description("Number of videos to generate.")]
    [OptionalKey]
    public int NumSamples { get; init; } = 1;

    [Description("Folder of saved latents, relative to task_name.")]
    public string SaveVideoLatentDir { get; init; } = "video_latents";

    [Description("Has no effect; it is accepted because the published files contain it.")]
    [OptionalKey]
    public string? VaeLatentDirName { get; init; }

    [Description("File of the transformer's weights, relative to task_name.")]
    public string DitvCkptName { get; init; } = "dit_ckpt.pth";

    [Description("File of the autoencoder's weights, relative to task_name.")]
    public string VaeAutoencoderCkptName { get; init; } = "vae_autoencoder_ckpt.pth";

    [Description("File of the discriminator's weights, relative to task_name.")]
    public string VaeDiscriminatorCkptName { get; init; } = "vae_discriminator_ckpt.pth";
}
