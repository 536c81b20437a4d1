using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Dialects;

/// <summary>The data section of the tutorial's files.</summary>
public sealed record DatasetParams
{
    [Description("Folder of frames in task_name.")]
    public string ImPath { get; init; } = "mmnist-easy-images";

    [Description("Folder of videos.")]
    public string VideoPath { get; init; } = "data/mmnist-easy";

    [Description("Extension of the videos.")]
    public string VideoExt { get; init; } = "mp4";

    [Description("Single frames added to each clip for joint training; 0 disables it.")]
    public int NumImagesTrain { get; init; } = 8;

    [Description("Height of a frame.")]
    public int FrameHeight { get; init; } = 72;

    [Description("Width of a frame.")]
    public int FrameWidth { get; init; } = 128;

    [Description("Channels per frame, 1 or 3.")]
    public int FrameChannels { get; init; } = 1;

    [Description("Frames per clip.")]
    public int NumFrames { get; init; } = 16;

    [Description("Interval of frames: a clip spans num_frames times this many frames of a video.")]
    public int FrameInterval { get; init; } = 2;

    [Description("Crop a square from the centre; requires equal height and width.")]
    public bool CentreSquareCrop { get; init; }

    [Description("Text file with one name pattern per line; null uses all videos.")]
    public string? VideoFilterPath { get; init; }

    [Description("Probability of extracting a frame.")]
    public double AeFrameSampleProb { get; init; } = 0.1;
}

/// <summary>The noise schedule section of the tutorial's files.</summary>
public sealed record DiffusionParams
{
    [Description("Number of timesteps.")]
    public int NumTimesteps { get; init; } = 1000;

    [Description("Noise variance of the first timestep.")]
    public double BetaStart { get; init; } = 0.0001;

    [Description("Noise variance of the last timestep.")]
    public double BetaEnd { get; init; } = 0.02;
}

/// <summary>The transformer section of the tutorial's files.</summary>
public sealed record DitvParams
{
    [Description("Rows and columns of latents per patch.")]
    public int PatchSize { get; init; } = 2;

    [Description("Layers, in pairs of a spatial and a temporal layer.")]
    public int NumLayers { get; init; } = 12;

    [Description("Width of a patch embedding; a multiple of 4.")]
    public int HiddenSize { get; init; } = 768;

    [Description("Attention heads.")]
    public int NumHeads { get; init; } = 12;

    [Description("Width of a head.")]
    public int HeadDim { get; init; } = 64;

    [Description("Width of the timestep embedding; even.")]
    public int TimestepEmbDim { get; init; } = 256;
}

/// <summary>The autoencoder section of the tutorial's files.</summary>
public sealed record AutoencoderParams
{
    [Description("Latent channels.")]
    public int ZChannels { get; init; } = 4;

    [Description("Unused key of the published files.")]
    [OptionalKey]
    public int? CodebookSize { get; init; }

    [Description("Channels per level, the finest first; each a multiple of norm_channels.")]
    public IReadOnlyList<int> DownChannels { get; init; } = [32, 64, 128];

    [Description("Channels of the middle blocks; a single value means no block.")]
    public IReadOnlyList<int> MidChannels { get; init; } = [128];

    [Description("Whether each transition between levels halves height and width.")]
    public IReadOnlyList<bool> DownSample { get; init; } = [true, true];

    [Description("Whether each level has attention.")]
    public IReadOnlyList<bool> AttnDown { get; init; } = [false, false];

    [Description("Groups of the group normalizations.")]
    public int NormChannels { get; init; } = 32;

    [Description("Attention heads.")]
    public int NumHeads { get; init; } = 16;

    [Description("Residual layers per encoder level.")]
    public int NumDownLayers { get; init; } = 1;

    [Description("Attention layers per middle block.")]
    public int NumMidLayers { get; init; } = 1;

    [Description("Residual layers per decoder level.")]
    public int NumUpLayers { get; init; } = 1;
}

/// <summary>The section for both trainings in the tutorial's files.</summary>
public sealed record TrainParams
{
    [Description("Seed of initial weights, data order and noise.")]
    public long Seed { get; init; } = 1111;

    [Description("Folder for all outputs.")]
    public string TaskName { get; init; } = "mmnist";

    [Description("Frames per micro-batch.")]
    public int AutoencoderBatchSize { get; init; } = 64;

    [Description("Epochs of the autoencoder.")]
    public int AutoencoderEpochs { get; init; } = 20;

    [Description("Learning rate of the autoencoder and discriminator.")]
    public double AutoencoderLr { get; init; } = 0.0001;

    [Description("Micro-batches per optimizer step.")]
    public int AutoencoderAccSteps { get; init; } = 1;

    [Description("Micro-batches before the discriminator starts.")]
    public int DiscStart { get; init; } = 500;

    [Description("Weight of the discriminator loss.")]
    public double DiscWeight { get; init; } = 0.5;

    [Description("Unused key of the published files.")]
    [OptionalKey]
    public double? CodebookWeight { get; init; }

    [Description("Unused key of the published files.")]
    [OptionalKey]
    public double? CommitmentBeta { get; init; }

    [Description("Weight of LPIPS; with 0, its files are not needed.")]
    public double PerceptualWeight { get; init; } = 1;

    [Description("Weight of the KL divergence of the latents.")]
    public double KlWeight { get; init; } = 0.000005;

    [Description("Micro-batches between images of reconstructions.")]
    public int AutoencoderImgSaveSteps { get; init; } = 64;

    [Description("Write latents before training the transformer.")]
    [OptionalKey]
    public bool SaveLatents { get; init; }

    [Description("Clips per micro-batch of the transformer.")]
    public int DitvBatchSize { get; init; } = 4;

    [Description("Epochs of the transformer.")]
    public int DitvEpochs { get; init; } = 300;

    [Description("Learning rate of the transformer.")]
    public double DitvLr { get; init; } = 0.0001;

    [Description("Micro-batches per optimizer step of the transformer.")]
    public int DitvAccSteps { get; init; } = 1;

    [Description("Number of videos to sample.")]
    [OptionalKey]
    public int NumSamples { get; init; } = 1;

    [Description("Folder of latents in task_name.")]
    public string SaveVideoLatentDir { get; init; } = "video_latents";

    [Description("Unused key of the published files.")]
    [OptionalKey]
    public string? VaeLatentDirName { get; init; }

    [Description("Transformer file in task_name.")]
    public string DitvCkptName { get; init; } = "dit_ckpt.pth";

    [Description("Autoencoder file in task_name.")]
    public string VaeAutoencoderCkptName { get; init; } = "vae_autoencoder_ckpt.pth";

    [Description("Discriminator file in task_name.")]
    public string VaeDiscriminatorCkptName { get; init; } = "vae_discriminator_ckpt.pth";
}
