using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Dialects;

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

/// <summary>The section of the tutorial's files about the noise of the transformer.</summary>
public sealed record DiffusionParams
{
    [Description("Noise levels.")]
    public int NumTimesteps { get; init; } = 1000;

    [Description("Variance of the noise of the first level.")]
    public double BetaStart { get; init; } = 0.0001;

    [Description("Variance of the noise of the last level.")]
    public double BetaEnd { get; init; } = 0.02;
}

/// <summary>The section of the tutorial's files about the transformer.</summary>
public sealed record DitvParams
{
    [Description("Rows and columns of latents that are one token.")]
    public int PatchSize { get; init; } = 2;

    [Description("Layers, in pairs of a spatial and a temporal one.")]
    public int NumLayers { get; init; } = 12;

    [Description("Width of a token; a multiple of 4.")]
    public int HiddenSize { get; init; } = 768;

    [Description("Heads of attention.")]
    public int NumHeads { get; init; } = 12;

    [Description("Width of a head.")]
    public int HeadDim { get; init; } = 64;

    [Description("Width of the embedding of a noise level; even.")]
    public int TimestepEmbDim { get; init; } = 256;
}

/// <summary>The section of the tutorial's files about the autoencoder.</summary>
public sealed record AutoencoderParams
{
    [Description("Channels of the latents.")]
    public int ZChannels { get; init; } = 4;

    [Description("Dead key of the published files.")]
    [MayBeAbsent]
    public int? CodebookSize { get; init; }

    [Description("Channels of each level, the finest first; each a multiple of norm_channels.")]
    public IReadOnlyList<int> DownChannels { get; init; } = [32, 64, 128];

    [Description("Channels of the blocks in the middle; a single one means no block.")]
    public IReadOnlyList<int> MidChannels { get; init; } = [128];

    [Description("Which steps from level to level halve height and width.")]
    public IReadOnlyList<bool> DownSample { get; init; } = [true, true];

    [Description("Which levels have attention.")]
    public IReadOnlyList<bool> AttnDown { get; init; } = [false, false];

    [Description("Groups of the group norms.")]
    public int NormChannels { get; init; } = 32;

    [Description("Heads of attention.")]
    public int NumHeads { get; init; } = 16;

    [Description("Residual layers of a level on the way down.")]
    public int NumDownLayers { get; init; } = 1;

    [Description("Layers of attention in a block of the middle.")]
    public int NumMidLayers { get; init; } = 1;

    [Description("Residual layers of a level on the way up.")]
    public int NumUpLayers { get; init; } = 1;
}

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
