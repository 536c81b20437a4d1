using System.ComponentModel;

namespace TinySora.Engine.Configuration;

/// <summary>
/// One training run, as one YAML file describes it. Property names are the file's keys in snake_case; an absent key takes
/// the default given here. Immutable and validated: an instance that <see cref="ConfigFile"/> returned can be trained.
/// The descriptions are what <see cref="ConfigFile.Entries"/> shows. Lists compare by reference; to compare two
/// configurations use <see cref="ConfigFile.Compare"/>.
/// </summary>
public sealed record RunConfig
{
    [Description("Folder searched recursively for clips; relative to the caller's location.")]
    [MayChangeOnResume]
    public string TrainingDataDir { get; init; } = "./training_data";

    public ModelConfig Model { get; init; } = new();

    public DiffusionConfig Diffusion { get; init; } = new();

    public TrainerConfig Trainer { get; init; } = new();
}

/// <summary>The 3-D U-Net (Tiny SORA) and its text encoder.</summary>
public sealed record ModelConfig
{
    [Description("Base channel width; even, at least 4.")]
    public int Dim { get; init; } = 64;

    [Description("The seed's switch: true is text_encoder bert, false none. Ignored when text_encoder is given.")]
    public bool UseBertTextCond { get; init; } = true;

    [Description("Width of each level as a multiple of dim.")]
    public IReadOnlyList<int> DimMults { get; init; } = [1, 2, 4, 8];

    [Description("Channels after the first convolution; null: dim.")]
    public int? InitDim { get; init; }

    [Description("Spatial kernel of the first convolution; odd.")]
    public int InitKernelSize { get; init; } = 7;

    [Description("Spatial linear attention at every level; false: none there.")]
    public bool UseSparseLinearAttn { get; init; } = true;

    [Description("basic or resnet: the same block.")]
    public string BlockType { get; init; } = "basic";

    [Description("Output width of the learned encoder; without an encoder, the width of your own vectors (NAME.npy), null: unconditional.")]
    public int? CondDim { get; init; }

    [Description("Output channels; null: channels.")]
    public int? OutDim { get; init; }

    [Description("Image channels: 1, 3 or 4.")]
    public int Channels { get; init; } = 3;

    [Description("Heads of every attention.")]
    public int AttnHeads { get; init; } = 8;

    [Description("Head width of the temporal attentions; even.")]
    public int AttnDimHead { get; init; } = 32;

    [Description("bert, clip, learned or none; null: what use_bert_text_cond says.")]
    public string? TextEncoder { get; init; }

    [Description("Folder with the files of a bert or clip encoder in the Hugging Face layout.")]
    [MayChangeOnResume]
    public string TextEncoderPath { get; init; } = "./bert-base-cased";

    [Description("Pixel-unshuffle factor before the first convolution: 1 (the seed), 2 or 4; the U-Net sees image_size / it.")]
    public int Stem { get; init; } = 1;

    [Description("Text and frame index go through a small network into every block's scale and shift, per frame.")]
    public bool FrameTextCond { get; init; }

    [Description("Text, frame, row and column go through a small network into the first features, so that words can say what is where when.")]
    public bool TextField { get; init; }

    /// <summary>The encoder that is really used: bert, clip, learned or none.</summary>
    [NotAKey]
    public string EffectiveTextEncoder => TextEncoder ?? (UseBertTextCond ? "bert" : "none");

    /// <summary>Width of the vectors beside the clips that the model is conditioned on; null: it is not.</summary>
    [NotAKey]
    public int? VectorWidth => EffectiveTextEncoder == "none" ? CondDim : null;
}

/// <summary>The noise process and the clip it works on.</summary>
public sealed record DiffusionConfig
{
    [Description("Height and width of a frame, in pixels.")]
    public int ImageSize { get; init; } = 32;

    [Description("Frames of a clip.")]
    public int NumFrames { get; init; } = 5;

    [Description("Number of noise levels T.")]
    public int Timesteps { get; init; } = 10;

    [Description("l1 or l2.")]
    public string LossType { get; init; } = "l1";

    [Description("Dynamic thresholding of the predicted clip while sampling.")]
    public bool UseDynamicThres { get; init; }

    [Description("Quantile used there.")]
    public double DynamicThresPercentile { get; init; } = 0.9;

    [Description("Use BERT's [CLS] vector instead of the masked mean.")]
    public bool TextUseBertCls { get; init; }

    [Description("Must equal model.channels; null: that.")]
    public int? Channels { get; init; }

    [Description("What the network predicts: noise (epsilon), v (Salimans and Ho 2022), x0, or flow (rectified flow, Liu et al. 2022).")]
    public string Objective { get; init; } = "noise";

    [Description("How noise grows with the level: cosine or linear. Not for flow, which has a path of its own.")]
    public string NoiseSchedule { get; init; } = "cosine";

    [Description("Shifts all levels towards noise: signal against noise is divided by it, in training and sampling; 1: the schedule as published.")]
    public double NoiseShift { get; init; } = 1;

    [Description("Gamma of min-SNR loss weighting (Hang et al. 2023 take 5), with loss_type l2; null: off. Not for flow.")]
    public double? MinSnrGamma { get; init; }

    [Description("Sampler used when none is asked for: ddpm, ddim, dpm++2m, euler or heun.")]
    [MayChangeOnResume]
    public string Sampler { get; init; } = "ddpm";

    [Description("Sampling steps when none are asked for; null: T for ddpm, 10 for heun (two passes each), 20 for the others.")]
    [MayChangeOnResume]
    public int? SamplingSteps { get; init; }

    [Description("New noise in each step of ddim: 0 none, 1 as much as ddpm.")]
    [MayChangeOnResume]
    public double DdimEta { get; init; }

    [Description("Guidance scale when none is asked for (the seed's generate uses 2).")]
    [MayChangeOnResume]
    public double GuidanceScale { get; init; } = 2.0;
}

/// <summary>The one trainer.</summary>
public sealed record TrainerConfig
{
    [Description("EMA factor beta.")]
    public double EmaDecay { get; init; } = 0.995;

    [Description("Clips per micro-batch.")]
    public int TrainBatchSize { get; init; } = 2;

    [Description("Learning rate.")]
    public double TrainLr { get; init; } = 1e-4;

    [Description("Optimizer steps.")]
    [MayChangeOnResume]
    public int TrainNumSteps { get; init; } = 10000;

    [Description("Micro-batches per optimizer step.")]
    public int GradientAccumulateEvery { get; init; } = 1;

    [Description("bfloat16 in convolutions and linear layers where the processor has it; checkpoints stay float32.")]
    public bool Amp { get; init; }

    [Description("First step at which averaging starts; before it the average is a copy.")]
    public int StepStartEma { get; init; } = 2000;

    [Description("EMA cadence in optimizer steps.")]
    public int UpdateEmaEvery { get; init; } = 10;

    [Description("Checkpoint cadence in steps.")]
    [MayChangeOnResume]
    public int SaveModelEvery { get; init; } = 10;

    [Description("Folder for checkpoints, metrics and sample grids; relative to the caller's location.")]
    [MayChangeOnResume]
    public string ResultsFolder { get; init; } = "./saved_models";

    [Description("n: sample grids of n x n clips; 0: never.")]
    [MayChangeOnResume]
    public int NumSampleRows { get; init; } = 4;

    [Description("Steps between sample grids; 0: none (the seed's trainer draws none).")]
    [MayChangeOnResume]
    public int SampleEvery { get; init; }

    [Description("Write TensorBoard event files into results_folder, beside metrics.jsonl.")]
    [MayChangeOnResume]
    public bool Tensorboard { get; init; }

    [Description("Clip of the global gradient norm; null: off.")]
    public double? MaxGradNorm { get; init; }

    [Description("Dead argument of the seed; if given it must equal diffusion.num_frames.")]
    public int? NumFrames { get; init; }

    [Description("Cut longer clips to diffusion.num_frames and fill up shorter ones with black frames; false leaves clips of another length out.")]
    public bool ForceNumFrames { get; init; } = true;

    [Description("Leave clips shorter than diffusion.num_frames out, and say how many, instead of filling them up.")]
    public bool DropShortClips { get; init; }

    [Description("Share of captions replaced by the null vector, which is what guidance needs; 0 reproduces the seed.")]
    public double CondDropProb { get; init; } = 0.1;

    [Description("Share of clips whose frames see only themselves (image-like training).")]
    public double ProbFocusPresent { get; init; }

    [Description("Mirror half of the clips. Wrong for captions that say left or right.")]
    public bool HorizontalFlip { get; init; }

    [Description("Seed of initial weights, data order and noise; null: drawn once and kept in the checkpoint.")]
    public long? Seed { get; init; }

    [Description("Newest checkpoints kept, beside the best; 0 keeps all.")]
    [MayChangeOnResume]
    public int KeepCheckpoints { get; init; } = 3;

    [Description("adam (the seed) or adamw.")]
    public string Optimizer { get; init; } = "adam";

    [Description("Decay of the running mean of gradients.")]
    public double AdamBeta1 { get; init; } = 0.9;

    [Description("Decay of the running mean of squared gradients.")]
    public double AdamBeta2 { get; init; } = 0.999;

    [Description("Decoupled decay of adamw.")]
    public double WeightDecay { get; init; }

    [Description("Steps over which the rate rises linearly from 0.")]
    public int WarmupSteps { get; init; }

    [Description("constant, or cosine: down to lr_final_factor of train_lr at train_num_steps.")]
    public string LrSchedule { get; init; } = "constant";

    [Description("Where the cosine ends, as a share of train_lr.")]
    public double LrFinalFactor { get; init; } = 0.02;
}
