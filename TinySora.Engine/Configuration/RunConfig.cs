namespace TinySora.Engine.Configuration;

/// <summary>
/// One training run, as one YAML file describes it. Property names are the file's keys in snake_case; an absent key takes
/// the default given here. Immutable and validated: an instance that <see cref="ConfigFile"/> returned can be trained.
/// </summary>
public sealed record RunConfig
{
    /// <summary>Folder searched recursively for clips; relative to the caller's location.</summary>
    [MayChangeOnResume]
    public string TrainingDataDir { get; init; } = "./training_data";

    public ModelConfig Model { get; init; } = new();

    public DiffusionConfig Diffusion { get; init; } = new();

    public TrainerConfig Trainer { get; init; } = new();
}

/// <summary>The 3-D U-Net (Tiny SORA) and its text encoder.</summary>
public sealed record ModelConfig
{
    /// <summary>Base channel width; even, at least 4.</summary>
    public int Dim { get; init; } = 64;

    /// <summary>The seed's switch: true is text_encoder bert, false none. Ignored when text_encoder is given.</summary>
    public bool UseBertTextCond { get; init; } = true;

    /// <summary>Width of each level as a multiple of dim.</summary>
    public IReadOnlyList<int> DimMults { get; init; } = [1, 2, 4, 8];

    /// <summary>Channels after the first convolution; null: dim.</summary>
    public int? InitDim { get; init; }

    /// <summary>Spatial kernel of the first convolution; odd.</summary>
    public int InitKernelSize { get; init; } = 7;

    /// <summary>Spatial linear attention at every level; false: none there.</summary>
    public bool UseSparseLinearAttn { get; init; } = true;

    /// <summary>basic or resnet: the same block.</summary>
    public string BlockType { get; init; } = "basic";

    /// <summary>Conditioning width where no BERT sets it (768); for the learned encoder its output width.</summary>
    public int? CondDim { get; init; }

    /// <summary>Output channels; null: channels.</summary>
    public int? OutDim { get; init; }

    /// <summary>Image channels: 1, 3 or 4.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Heads of every attention.</summary>
    public int AttnHeads { get; init; } = 8;

    /// <summary>Head width of the temporal attentions; even.</summary>
    public int AttnDimHead { get; init; } = 32;

    /// <summary>bert, clip, learned or none; null: what use_bert_text_cond says.</summary>
    public string? TextEncoder { get; init; }

    /// <summary>Folder with the files of a bert or clip encoder in the Hugging Face layout.</summary>
    [MayChangeOnResume]
    public string TextEncoderPath { get; init; } = "./bert-base-cased";

    /// <summary>Pixel-unshuffle factor in front of the first convolution: 1 (the seed), 2 or 4. The U-Net works at image_size / stem.</summary>
    public int Stem { get; init; } = 1;

    /// <summary>Text and frame index go through a small network into every block's scale and shift, per frame.</summary>
    public bool FrameTextCond { get; init; }

    /// <summary>The encoder that is really used: bert, clip, learned or none.</summary>
    [NotAKey]
    public string EffectiveTextEncoder => TextEncoder ?? (UseBertTextCond ? "bert" : "none");
}

/// <summary>The noise process and the clip it works on.</summary>
public sealed record DiffusionConfig
{
    /// <summary>Height and width of a frame, in pixels.</summary>
    public int ImageSize { get; init; } = 32;

    /// <summary>Frames of a clip.</summary>
    public int NumFrames { get; init; } = 5;

    /// <summary>Number of noise levels T.</summary>
    public int Timesteps { get; init; } = 10;

    /// <summary>l1 or l2.</summary>
    public string LossType { get; init; } = "l1";

    /// <summary>Dynamic thresholding of the predicted clip while sampling.</summary>
    public bool UseDynamicThres { get; init; }

    /// <summary>Quantile used there.</summary>
    public double DynamicThresPercentile { get; init; } = 0.9;

    /// <summary>Use BERT's [CLS] vector instead of the masked mean.</summary>
    public bool TextUseBertCls { get; init; }

    /// <summary>Must equal model.channels; null: that.</summary>
    public int? Channels { get; init; }

    /// <summary>What the network predicts: noise (epsilon) or v (Salimans and Ho 2022).</summary>
    public string Objective { get; init; } = "noise";

    /// <summary>Sampler used when none is asked for: ddpm or ddim.</summary>
    [MayChangeOnResume]
    public string Sampler { get; init; } = "ddpm";

    /// <summary>Sampling steps when none are asked for; null: 20 for few-step samplers, T for ddpm.</summary>
    [MayChangeOnResume]
    public int? SamplingSteps { get; init; }

    /// <summary>Guidance scale when none is asked for (the seed's generate uses 2).</summary>
    [MayChangeOnResume]
    public double GuidanceScale { get; init; } = 2.0;
}

/// <summary>The one trainer.</summary>
public sealed record TrainerConfig
{
    /// <summary>EMA factor beta.</summary>
    public double EmaDecay { get; init; } = 0.995;

    /// <summary>Clips per micro-batch.</summary>
    public int TrainBatchSize { get; init; } = 2;

    public double TrainLr { get; init; } = 1e-4;

    /// <summary>Optimizer steps.</summary>
    [MayChangeOnResume]
    public int TrainNumSteps { get; init; } = 10000;

    /// <summary>Micro-batches per optimizer step.</summary>
    public int GradientAccumulateEvery { get; init; } = 1;

    /// <summary>bfloat16 in convolutions and linear layers where the processor has it; parameters and checkpoints stay float32.</summary>
    public bool Amp { get; init; }

    /// <summary>First step at which averaging starts; before it the average is a copy.</summary>
    public int StepStartEma { get; init; } = 2000;

    public int UpdateEmaEvery { get; init; } = 10;

    /// <summary>Checkpoint cadence in steps.</summary>
    [MayChangeOnResume]
    public int SaveModelEvery { get; init; } = 10;

    /// <summary>Folder for checkpoints, metrics and sample grids; relative to the caller's location.</summary>
    [MayChangeOnResume]
    public string ResultsFolder { get; init; } = "./saved_models";

    /// <summary>n: sample grids of n x n clips; 0: never.</summary>
    [MayChangeOnResume]
    public int NumSampleRows { get; init; } = 4;

    /// <summary>Steps between sample grids; 0: none (the seed's trainer draws none).</summary>
    [MayChangeOnResume]
    public int SampleEvery { get; init; }

    /// <summary>Clip of the global gradient norm; null: off.</summary>
    public double? MaxGradNorm { get; init; }

    /// <summary>Dead argument of the seed; if given it must equal diffusion.num_frames.</summary>
    public int? NumFrames { get; init; }

    /// <summary>Share of captions replaced by the null vector, which is what guidance needs; 0 reproduces the seed.</summary>
    public double CondDropProb { get; init; } = 0.1;

    /// <summary>Share of clips whose frames see only themselves (image-like training).</summary>
    public double ProbFocusPresent { get; init; }

    /// <summary>Mirror half of the clips. Wrong for captions that say left or right.</summary>
    public bool HorizontalFlip { get; init; }

    /// <summary>Seed of initial weights, data order and noise; null: drawn once and kept in the checkpoint.</summary>
    public long? Seed { get; init; }

    /// <summary>Newest checkpoints kept, beside the best; 0 keeps all.</summary>
    [MayChangeOnResume]
    public int KeepCheckpoints { get; init; } = 3;

    /// <summary>adam (the seed) or adamw.</summary>
    public string Optimizer { get; init; } = "adam";

    public double AdamBeta1 { get; init; } = 0.9;

    public double AdamBeta2 { get; init; } = 0.999;

    /// <summary>Decoupled decay of adamw.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Steps over which the rate rises linearly from 0.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>constant, or cosine: down to lr_final_factor of train_lr at train_num_steps.</summary>
    public string LrSchedule { get; init; } = "constant";

    /// <summary>Where the cosine ends, as a share of train_lr.</summary>
    public double LrFinalFactor { get; init; } = 0.02;
}
