using System.ComponentModel;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Configuration;

/// <summary>Learning rate schedule after the warm-up, computed by <c>LearningRate</c>.</summary>
public enum LearningRateSchedule
{
    Constant,
    Cosine,
    Plateau,
}

/// <summary>Optimizers that trainer.optimizer can specify.</summary>
public enum OptimizerKind
{
    /// <summary>Adam (Kingma and Ba 2015).</summary>
    Adam,

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019).</summary>
    [ConfigSpelling("adamw")]
    AdamW,

    /// <summary>
    /// Muon: orthogonalized updates for matrices (Jordan et al. 2024), with rows normalized to equal size (NorMuon, Li et al. 2025), and AdamW for all
    /// other weights.
    /// </summary>
    Muon,
}

/// <summary>How training uses the captions of a clip, as set by trainer.captions.</summary>
public enum CaptionUse
{
    /// <summary>A clip is one example per caption.</summary>
    All,

    /// <summary>A clip is one example, and each visit draws one of its captions.</summary>
    Drawn,
}

/// <summary>When layers compute in bfloat16, as set by trainer.amp.</summary>
public enum MixedPrecision
{
    [ConfigSpelling("false")]
    Off,

    /// <summary>Where a measurement on this machine shows that bfloat16 is faster than float32.</summary>
    [ConfigSpelling("true")]
    IfFaster,

    Always,
}

/// <summary>The <c>trainer</c> section, which all families share; <see cref="ConfigRules"/> checks its values.</summary>
public sealed record TrainerConfig
{
    [Description("Decay rate of the averaged (EMA) weights.")]
    public double EmaDecay { get; init; } = 0.995;

    [Description("Clips per micro-batch.")]
    public int TrainBatchSize { get; init; } = 2;

    [Description("Learning rate.")]
    public double TrainLr { get; init; } = 1e-4;

    [Description("Length of the run: a number of optimizer steps, or of passes over the data, such as 2 epochs.")]
    [MayChangeOnResume]
    public TrainingSpan TrainNumSteps { get; init; } = 10000;

    [Description("Duration of the run in minutes. It replaces train_num_steps, which is then only an estimate, as the end of the run and of the cosine "
        + "schedule; if null, train_num_steps applies.")]
    [MayChangeOnResume]
    public double? TrainMinutes { get; init; }

    [Description("Micro-batches per optimizer step.")]
    public int GradientAccumulateEvery { get; init; } = 1;

    [Description("Use bfloat16 in convolutions and linear layers: true uses it only if it is faster on this machine, always uses it even if it is not. "
        + "Checkpoints stay float32.")]
    public MixedPrecision Amp { get; init; }

    [Description("Step at which averaging starts; until then, the average is a copy of the weights.")]
    public int StepStartEma { get; init; } = 2000;

    [Description("Optimizer steps between updates of the averaged (EMA) weights.")]
    public int UpdateEmaEvery { get; init; } = 10;

    [Description("Steps or epochs between checkpoints, such as 1 epoch.")]
    [MayChangeOnResume]
    public TrainingSpan SaveModelEvery { get; init; } = 10;

    [Description("Folder for checkpoints, metrics and sample grids, relative to the current location.")]
    [MayChangeOnResume]
    public string ResultsFolder { get; init; } = "./saved_models";

    [Description("Rows and columns of a sample grid; 0 disables sample grids.")]
    [MayChangeOnResume]
    public int NumSampleRows { get; init; } = 4;

    [Description("Steps or epochs between sample grids; 0 disables them, as in Tiny SORA's trainer.")]
    [MayChangeOnResume]
    public TrainingSpan SampleEvery { get; init; }

    [Description("Points of the run at which sample grids are drawn, in percent of its steps, or of its time if train_minutes or -MaxMinutes limits it; 100 "
        + "draws a grid at the end, however the run ends; an empty list draws none.")]
    [MayChangeOnResume]
    public IReadOnlyList<int> SampleAt { get; init => field = new TextList<int>(value); } = new TextList<int>();

    [Description("Steps or epochs between validations of the averaged weights on the folder's val split or, if there is none, on about the last fifth "
        + "of the clips; 0 disables validation.")]
    [MayChangeOnResume]
    public TrainingSpan ValidateEvery { get; init; }

    [Description("Metric that selects the best checkpoint: loss (smoothed), or a validation metric such as val.loss. The lowest value is the best, or the "
        + "highest with the prefix 'highest '.")]
    [MayChangeOnResume]
    public string BestBy { get; init; } = "loss";

    [Description("CSV file of expectations, as for Test-TinySoraModel: a checkpoint becomes the best only if it passes every row that the current best passes; "
        + "if null, only best_by counts.")]
    [MayChangeOnResume]
    [FamilySpecific]
    public string? KeepIf { get; init; }

    [Description("Number of consecutive validations without an improvement of best_by after which training ends; if null, training does not stop early.")]
    [MayChangeOnResume]
    public int? EarlyStoppingPatience { get; init; }

    [Description("Write TensorBoard event files to results_folder, next to metrics.jsonl.")]
    [MayChangeOnResume]
    public bool Tensorboard { get; init; }

    [Description("Write metrics.jsonl, dashboard.html, samples and any TensorBoard events to results_folder; false writes only checkpoints, config.yaml and "
        + "status.json.")]
    [MayChangeOnResume]
    public bool Track { get; init; } = true;

    [Description("Maximum global gradient norm; if null, gradients are not clipped.")]
    public double? MaxGradNorm { get; init; }

    [Description("Step at which gradient clipping starts.")]
    public int MaxGradNormFrom { get; init; }

    [Description("Has no effect, as in Tiny SORA's trainer; must be null or equal to diffusion.frames.")]
    [FamilySpecific]
    public int? NumFrames { get; init; }

    [Description("Truncate clips that are longer than the model's clips, and pad shorter ones with black frames. If false, pixel-unet trains on clips of any "
        + "length, and video-autoencoder skips clips of other lengths.")]
    [FamilySpecific]
    public bool ForceNumFrames { get; init; } = true;

    [Description("Amount of data per epoch, drawn again for each epoch: values up to 1 are a fraction of all micro-batches, larger values a number of "
        + "micro-batches.")]
    public double LimitTrainBatches { get; init; } = 1;

    [Description("Use of several captions of a clip: all trains on the clip once per caption in each epoch; drawn trains on it once per epoch, with one of its "
        + "captions, drawn again at each visit.")]
    [FamilySpecific]
    public CaptionUse Captions { get; init; }

    [Description("Sample all captions equally often, regardless of their number of clips; false uses each clip once per epoch.")]
    [FamilySpecific]
    public bool BalanceCaptions { get; init; }

    [Description("Space-separated words. Clips whose captions contain one of these words alternate with all other clips, so that new words are learned "
        + "quickly; if null, all clips are sampled equally often.")]
    [MayChangeOnResume]
    [FamilySpecific]
    public string? BalanceWords { get; init; }

    [Description("Number of other clips for each clip with one of the words in balance_words. If it is higher, the model remembers other words better, but "
        + "learns the new words more slowly.")]
    [MayChangeOnResume]
    [FamilySpecific]
    public int BalanceOthers { get; init; } = 1;

    [Description("Amount of validation data to use: values up to 1 are a fraction of all micro-batches, larger values a number of micro-batches.")]
    [MayChangeOnResume]
    public double LimitValBatches { get; init; } = 1;

    [Description("Skip clips that are shorter than the model's clips instead of padding them, and report their number.")]
    [FamilySpecific]
    public bool DropShortClips { get; init; }

    [Description("Fraction of captions that training replaces with the null vector. Guidance requires a value above 0; 0 reproduces Tiny SORA's trainer.")]
    [FamilySpecific]
    public double CondDropProb { get; init; } = 0.1;

    [Description("Probability of dropping each word of a caption, drawn again at each visit; at least one word remains. Requires the learned text encoder.")]
    [FamilySpecific]
    public double WordDropProb { get; init; }

    [Description("Fraction of clips whose frames attend only to themselves (image-like training).")]
    [FamilySpecific]
    public double ProbFocusPresent { get; init; }

    [Description("Mirror half of the clips horizontally. Do not use it if captions mention left or right.")]
    [FamilySpecific]
    public bool HorizontalFlip { get; init; }

    [Description("Seed of initial weights, data order and noise; if null, a seed is drawn and stored in the checkpoint.")]
    public long? Seed { get; init; }

    [Description("Number of newest checkpoints to keep, in addition to the best; 0 keeps all.")]
    [MayChangeOnResume]
    public int KeepCheckpoints { get; init; } = 3;

    [Description("Optimizer: adam (as in Tiny SORA), adamw or muon.")]
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Adam;

    [Description("Decay rate of the running mean of gradients.")]
    public double AdamBeta1 { get; init; } = 0.9;

    [Description("Decay rate of the running mean of squared gradients.")]
    public double AdamBeta2 { get; init; } = 0.999;

    [Description("Decoupled weight decay of adamw and muon.")]
    public double WeightDecay { get; init; }

    [Description("Minimum number of axes of the parameters that decay: 2 excludes biases and norm gains, as in GPT-2's training; 0 includes all parameters.")]
    public int WeightDecayFromAxes { get; init; }

    [Description("Steps over which the learning rate rises linearly from 0.")]
    public int WarmupSteps { get; init; }

    [Description("Learning rate schedule: constant; cosine, which falls to lr_final_factor of train_lr at lr_decay_steps; or plateau, which reduces the rate "
        + "when validations stop improving.")]
    public LearningRateSchedule LrSchedule { get; init; } = LearningRateSchedule.Constant;

    [Description("Last step of the cosine schedule; if null, the last step of the run.")]
    public int? LrDecaySteps { get; init; }

    [Description("Final learning rate of the cosine schedule, as a fraction of train_lr.")]
    public double LrFinalFactor { get; init; } = 0.02;

    [Description("For lr_schedule plateau: number of consecutive validations without an improvement in best_by before the learning rate is reduced.")]
    public int LrPatience { get; init; } = 10;

    [Description("Factor by which plateau multiplies the learning rate.")]
    public double LrPlateauFactor { get; init; } = 0.1;

    [Description("Rank of the updates that -Adapter learns; if null, the largest rank whose file has at most 150 kB.")]
    public int? AdapterRank { get; init; }

    [Description("Weights that -Adapter updates: space-separated names with * as a wildcard; if null, all linear layers and convolutions.")]
    public string? AdapterLayers { get; init; }

    /// <summary>Whether any span is specified in epochs. If so, its number of steps depends on the amount of data.</summary>
    internal bool CountsEpochs => new[] { TrainNumSteps, SaveModelEvery, SampleEvery, ValidateEvery }.Any(span => span.InEpochs);

    /// <summary>Number of examples per optimizer step.</summary>
    internal int ExamplesPerStep => TrainBatchSize * GradientAccumulateEvery;

    /// <summary>Returns the number of examples per epoch, for a dataset of <paramref name="examples"/> examples.</summary>
    internal int ExamplesPerEpoch(int examples) => Math.Min(examples, Limited(examples, LimitTrainBatches) * TrainBatchSize);

    /// <summary>Returns the number of micro-batches per validation, for a dataset of <paramref name="examples"/> examples.</summary>
    internal int ValidationBatches(int examples) => Limited(examples, LimitValBatches);

    /// <summary>Returns the number of optimizer steps per epoch, for a dataset of <paramref name="examples"/> examples.</summary>
    internal int StepsPerEpoch(int examples) => Math.Max(1, (ExamplesPerEpoch(examples) + ExamplesPerStep - 1) / ExamplesPerStep);

    /// <summary>Returns the configuration with every span converted to steps, for a dataset of <paramref name="examples"/> examples.</summary>
    internal TrainerConfig For(int examples) => InSteps(StepsPerEpoch(examples));

    /// <summary>Returns the configuration with every span converted to steps.</summary>
    /// <param name="stepsPerEpoch">Optimizer steps per pass over the data.</param>
    internal TrainerConfig InSteps(int stepsPerEpoch) => this with
    {
        TrainNumSteps = TrainNumSteps.InSteps(stepsPerEpoch),
        SaveModelEvery = SaveModelEvery.InSteps(stepsPerEpoch),
        SampleEvery = SampleEvery.InSteps(stepsPerEpoch),
        ValidateEvery = ValidateEvery.InSteps(stepsPerEpoch),
    };

    /// <summary>Returns the number of micro-batches per epoch after applying a limit; at least one.</summary>
    private int Limited(int examples, double limit)
    {
        var all = (examples + TrainBatchSize - 1) / TrainBatchSize;
        return Math.Clamp((int)Math.Min(limit > 1 ? limit : all * limit, all), 1, Math.Max(1, all));
    }
}
