using System.ComponentModel;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Configuration;

/// <summary>The course of the learning rate after its warm-up; <c>LearningRate</c>, in the folder of optimizers, computes it.</summary>
public enum LearningRateSchedule
{
    Constant,
    Cosine,
    Plateau,
}

/// <summary>The optimizers that a run can use.</summary>
public enum OptimizerKind
{
    /// <summary>Adam (Kingma and Ba 2015).</summary>
    Adam,

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019).</summary>
    [Spelled("adamw")]
    AdamW,

    /// <summary>Matrices by orthogonal steps (Jordan et al. 2024) with rows of equal size (NorMuon, Li et al. 2025), everything else by AdamW.</summary>
    Muon,
}

/// <summary>The section <c>trainer</c>, the same for all families; what its values may be, <see cref="ConfigRules"/> says.</summary>
public sealed record TrainerConfig
{
    [Description("EMA factor beta.")]
    public double EmaDecay { get; init; } = 0.995;

    [Description("Clips per micro-batch.")]
    public int TrainBatchSize { get; init; } = 2;

    [Description("Learning rate.")]
    public double TrainLr { get; init; } = 1e-4;

    [Description("Optimizer steps, or passes over the data as in 2 epochs.")]
    [MayChangeOnResume]
    public TrainingSpan TrainNumSteps { get; init; } = 10000;

    [Description("Minutes that the run takes in all, in place of train_num_steps, which then only foretells: it ends with them, and cosine follows them; "
        + "null: train_num_steps.")]
    [MayChangeOnResume]
    public double? TrainMinutes { get; init; }

    [Description("Micro-batches per optimizer step.")]
    public int GradientAccumulateEvery { get; init; } = 1;

    [Description("bfloat16 in convolutions and linear layers where the processor has it; checkpoints stay float32.")]
    public bool Amp { get; init; }

    [Description("First step at which averaging starts; before it the average is a copy.")]
    public int StepStartEma { get; init; } = 2000;

    [Description("EMA cadence in optimizer steps.")]
    public int UpdateEmaEvery { get; init; } = 10;

    [Description("Checkpoint cadence in steps, or in epochs as in 1 epoch.")]
    [MayChangeOnResume]
    public TrainingSpan SaveModelEvery { get; init; } = 10;

    [Description("Folder for checkpoints, metrics and sample grids; relative to the caller's location.")]
    [MayChangeOnResume]
    public string ResultsFolder { get; init; } = "./saved_models";

    [Description("n: sample grids of n x n clips; 0: never.")]
    [MayChangeOnResume]
    public int NumSampleRows { get; init; } = 4;

    [Description("Steps or epochs between sample grids; 0: none (the original's trainer draws none).")]
    [MayChangeOnResume]
    public TrainingSpan SampleEvery { get; init; }

    [Description("Percents of the run at which sample grids are drawn: of its steps, or of its time where train_minutes or -MaxMinutes ends it; "
        + "100: when it ends, whatever ends it; empty: at none.")]
    [MayChangeOnResume]
    public IReadOnlyList<int> SampleAt { get; init => field = new TextList<int>(value); } = new TextList<int>();

    [Description("Steps or epochs between validations with the averaged weights, on the folder's val split, or without one on the last fifth of the clips; "
        + "0: none.")]
    [MayChangeOnResume]
    public TrainingSpan ValidateEvery { get; init; }

    [Description("What tells the best checkpoint: loss (smoothed), or what a validation measures, as val.loss; the lowest, or the highest after 'highest '.")]
    [MayChangeOnResume]
    public string BestBy { get; init; } = "loss";

    [Description("A CSV file of expectations as Test-TinySoraModel takes: a checkpoint is the best only if it passes every row that the best so far passes; "
        + "null: best_by alone tells.")]
    [MayChangeOnResume]
    [ReadBySome]
    public string? KeepIf { get; init; }

    [Description("Validations without a better best_by after which training ends; null: it goes on to train_num_steps.")]
    [MayChangeOnResume]
    public int? EarlyStoppingPatience { get; init; }

    [Description("Write TensorBoard event files into results_folder, beside metrics.jsonl.")]
    [MayChangeOnResume]
    public bool Tensorboard { get; init; }

    [Description("Write what tracks a run into results_folder: metrics.jsonl, dashboard.html, TensorBoard events and samples; "
        + "false: checkpoints and the run's status alone.")]
    [MayChangeOnResume]
    public bool Track { get; init; } = true;

    [Description("Clip of the global gradient norm; null: off.")]
    public double? MaxGradNorm { get; init; }

    [Description("Steps before the gradient norm is clipped for the first time.")]
    public int MaxGradNormFrom { get; init; }

    [Description("Dead argument of the original; if given it must equal diffusion.frames.")]
    [ReadBySome]
    public int? NumFrames { get; init; }

    [Description("Cut clips that are longer than the model's and fill up shorter ones with black frames. false: a pixel-unet trains on each in its own length, "
        + "an autoencoder leaves those of another length out.")]
    [ReadBySome]
    public bool ForceNumFrames { get; init; } = true;

    [Description("How much of the data an epoch trains on, drawn anew for each: a share of the micro-batches up to 1, or a number of them above 1.")]
    public double LimitTrainBatches { get; init; } = 1;

    [Description("Captions take turns, so that one of few clips is seen as often as one of many; false: each clip comes once in an epoch.")]
    [ReadBySome]
    public bool BalanceCaptions { get; init; }

    [Description("Clips whose caption has one of these words, with blanks between them, take turns with all others, so that a new word is soon learned; null: "
        + "they come like any.")]
    [MayChangeOnResume]
    [ReadBySome]
    public string? BalanceWords { get; init; }

    [Description("How much of the val split a validation takes: a share of the micro-batches up to 1, or a number of them above 1.")]
    [MayChangeOnResume]
    public double LimitValBatches { get; init; } = 1;

    [Description("Leave clips out that are shorter than the model's, and say how many, instead of filling them up.")]
    [ReadBySome]
    public bool DropShortClips { get; init; }

    [Description("Share of captions replaced by the null vector, which is what guidance needs; 0 reproduces the original.")]
    [ReadBySome]
    public double CondDropProb { get; init; } = 0.1;

    [Description("Share of clips whose frames see only themselves (image-like training).")]
    [ReadBySome]
    public double ProbFocusPresent { get; init; }

    [Description("Mirror half of the clips. Wrong for captions that say left or right.")]
    [ReadBySome]
    public bool HorizontalFlip { get; init; }

    [Description("Seed of initial weights, data order and noise; null: drawn once and kept in the checkpoint.")]
    public long? Seed { get; init; }

    [Description("Newest checkpoints kept, beside the best; 0 keeps all.")]
    [MayChangeOnResume]
    public int KeepCheckpoints { get; init; } = 3;

    [Description("The rule by which weights follow their gradients; the original's is adam.")]
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Adam;

    [Description("Decay of the running mean of gradients.")]
    public double AdamBeta1 { get; init; } = 0.9;

    [Description("Decay of the running mean of squared gradients.")]
    public double AdamBeta2 { get; init; } = 0.999;

    [Description("Decoupled decay of adamw and muon.")]
    public double WeightDecay { get; init; }

    [Description("Parameters of fewer axes do not decay: 2 spares biases and the gains of norms, as GPT-2's training does; 0: all decay.")]
    public int WeightDecayFromAxes { get; init; }

    [Description("Steps over which the rate rises linearly from 0.")]
    public int WarmupSteps { get; init; }

    [Description("constant; cosine: down to lr_final_factor of train_lr at lr_decay_steps; plateau: lower when validations no longer improve.")]
    public LearningRateSchedule LrSchedule { get; init; } = LearningRateSchedule.Constant;

    [Description("Step at which the cosine ends; null: train_num_steps, or the end of train_minutes.")]
    public int? LrDecaySteps { get; init; }

    [Description("Where the cosine ends, as a share of train_lr.")]
    public double LrFinalFactor { get; init; } = 0.02;

    [Description("Validations in a row without a better best_by that plateau bears; one more lowers the rate.")]
    public int LrPatience { get; init; } = 10;

    [Description("What plateau multiplies the rate by.")]
    public double LrPlateauFactor { get; init; } = 0.1;

    /// <summary>Whether the data has to be known before it can be said what happens at which step.</summary>
    internal bool CountsEpochs => new[] { TrainNumSteps, SaveModelEvery, SampleEvery, ValidateEvery }.Any(span => span.InEpochs);

    /// <summary>Examples of one optimizer step.</summary>
    internal int ExamplesPerStep => TrainBatchSize * GradientAccumulateEvery;

    /// <summary>The number of examples that an epoch trains on, out of <paramref name="examples"/>.</summary>
    internal int ExamplesPerEpoch(int examples) => Math.Min(examples, Limited(examples, LimitTrainBatches) * TrainBatchSize);

    /// <summary>The number of micro-batches of a validation on <paramref name="examples"/> examples.</summary>
    internal int ValidationBatches(int examples) => Limited(examples, LimitValBatches);

    /// <summary>The number of optimizer steps of an epoch over <paramref name="examples"/> examples.</summary>
    internal int StepsPerEpoch(int examples) => Math.Max(1, (ExamplesPerEpoch(examples) + ExamplesPerStep - 1) / ExamplesPerStep);

    /// <summary>The configuration with every span in steps, for a dataset of <paramref name="examples"/> examples.</summary>
    internal TrainerConfig For(int examples) => InSteps(StepsPerEpoch(examples));

    /// <summary>The configuration with every span in steps.</summary>
    /// <param name="stepsPerEpoch">Optimizer steps of one pass over the data.</param>
    internal TrainerConfig InSteps(int stepsPerEpoch) => this with
    {
        TrainNumSteps = TrainNumSteps.InSteps(stepsPerEpoch),
        SaveModelEvery = SaveModelEvery.InSteps(stepsPerEpoch),
        SampleEvery = SampleEvery.InSteps(stepsPerEpoch),
        ValidateEvery = ValidateEvery.InSteps(stepsPerEpoch),
    };

    /// <summary>The number of micro-batches that a limit leaves of an epoch; at least one.</summary>
    private int Limited(int examples, double limit)
    {
        var all = (examples + TrainBatchSize - 1) / TrainBatchSize;
        return Math.Clamp((int)Math.Min(limit > 1 ? limit : all * limit, all), 1, Math.Max(1, all));
    }
}
