namespace TinySora.Engine.Configuration;

/// <summary>A rule that a configuration violates.</summary>
/// <param name="Key">Key to change.</param>
/// <param name="Expected">Valid range, as text that follows "expected" in a message.</param>
/// <param name="Keys">All keys that the rule checks.</param>
internal sealed record RuleViolation(string Key, string Expected, IReadOnlyList<string> Keys);

/// <summary>The valid ranges of keys, and rules that relate keys. Rules for all families are defined here; each family's record adds its own rules.</summary>
public sealed class ConfigRules
{
    /// <summary>Maximum duration of a run in minutes: two years, which is far longer than any run, but does not overflow a time span.</summary>
    internal const int MaxMinutes = 2 * 365 * 24 * 60;

    /// <summary>Maximum number of layers of one kind, far more than any model uses. Larger numbers are rejected so that they cannot exhaust memory.</summary>
    internal const int MaxLayers = 1000;

    /// <summary>
    /// Maximum width of a vector, chosen for the same reasons as the maximum number of layers. The same maximum applies to the number of clips per
    /// micro-batch.
    /// </summary>
    internal const int MaxWidth = 65_536;

    private readonly List<RuleViolation> violations = [];

    private ConfigRules()
    {
    }

    internal static IReadOnlyList<RuleViolation> Check(RunConfig config)
    {
        var rules = new ConfigRules();
        rules.Require(config.TrainingDataDir.Length > 0, "training_data_dir", "a folder");
        config.Family.Check(config, rules);
        rules.CheckTrainer(config.Trainer);
        return rules.violations;
    }

    /// <summary>Adds a rule.</summary>
    /// <param name="holds">Whether the configuration satisfies the rule.</param>
    /// <param name="key">Full name of the key to change if the rule is violated.</param>
    /// <param name="expected">Valid range, as text that follows "expected" in a message.</param>
    /// <param name="otherKeys">Other keys that the rule checks.</param>
    public void Require(bool holds, string key, string expected, params string[] otherKeys)
    {
        // Do not report a violation that results from another key's invalid value.
        if (!holds && !violations.Any(v => otherKeys.Contains(v.Key)))
        {
            violations.Add(new RuleViolation(key, expected, [key, .. otherKeys]));
        }
    }

    /// <summary>Adds the rule that words are dropped only if the text encoder encodes captions at every step.</summary>
    /// <param name="isLearned">Whether the model uses the learned text encoder.</param>
    /// <param name="encoderKey">Full name of the text encoder's key.</param>
    internal void CheckWordDrop(TrainerConfig trainer, bool isLearned, string encoderKey) => Require(
        trainer.WordDropProb is <= 0 or >= 1 || isLearned, "trainer.word_drop_prob", // values out of range violate another rule
        $"0 unless {encoderKey} is learned, because other text encoders encode each caption only once, before training", encoderKey);

    /// <summary>Adds the rules for the TinySora configuration into which a dialect's configuration is converted.</summary>
    /// <param name="names">Maps keys of the other configuration to keys of this one. Rules that involve none of these keys are ignored.</param>
    internal void Include(RunConfig other, IReadOnlyDictionary<string, string> names)
    {
        foreach (var violation in Check(other).Where(violation => names.ContainsKey(violation.Key)))
        {
            var expected = names.Aggregate(violation.Expected, (text, name) => text.Replace(name.Key, name.Value, StringComparison.Ordinal));
            var others = violation.Keys.Where(key => key != violation.Key && names.ContainsKey(key)).Select(key => names[key]);
            Require(false, names[violation.Key], expected, [.. others]);
        }
    }

    private void CheckTrainer(TrainerConfig t)
    {
        Require(t.EmaDecay is >= 0 and < 1, "trainer.ema_decay", "at least 0 and less than 1");
        Require(t.TrainBatchSize is >= 1 and <= MaxWidth, "trainer.train_batch_size", $"1 to {MaxWidth}");
        Require(t.TrainLr > 0, "trainer.train_lr", "above 0");
        Require(t.TrainNumSteps.Count >= 0, "trainer.train_num_steps", "0 or more");
        Require(t.TrainMinutes is null or (> 0 and <= MaxMinutes), "trainer.train_minutes", $"above 0 and at most {MaxMinutes}, or null");
        Require(t.BalanceWords is null || !t.BalanceCaptions, "trainer.balance_words", "null if trainer.balance_captions is true");
        Require(t.BalanceOthers is >= 1 and <= MaxWidth, "trainer.balance_others", $"1 to {MaxWidth}");
        Require(t.GradientAccumulateEvery >= 1, "trainer.gradient_accumulate_every", "1 or more");
        Require(t.StepStartEma >= 0, "trainer.step_start_ema", "0 or more");
        Require(t.UpdateEmaEvery >= 1, "trainer.update_ema_every", "1 or more");
        Require(t.SaveModelEvery.Count >= 1, "trainer.save_model_every", "1 or more");
        Require(t.ResultsFolder.Length > 0, "trainer.results_folder", "a folder");
        Require(t.NumSampleRows >= 0, "trainer.num_sample_rows", "0 or more");
        Require(t.SampleEvery.Count >= 0, "trainer.sample_every", "0 or more");
        Require(t.SampleAt.All(percent => percent is >= 1 and <= 100), "trainer.sample_at", "percentages from 1 to 100");
        Require(t.ValidateEvery.Count >= 0, "trainer.validate_every", "0 or more");
        Require(IsLimit(t.LimitTrainBatches), "trainer.limit_train_batches", "above 0 and at most 1, or a whole number");
        Require(IsLimit(t.LimitValBatches), "trainer.limit_val_batches", "above 0 and at most 1, or a whole number");
        Require(t.MaxGradNorm is null or > 0, "trainer.max_grad_norm", "above 0, or null");
        Require(t.MaxGradNormFrom >= 0, "trainer.max_grad_norm_from", "0 or more");
        Require(t.Captions == CaptionUse.All || !t.BalanceCaptions, "trainer.captions", "all if trainer.balance_captions is true", "trainer.balance_captions");
        Require(t.WordDropProb is >= 0 and < 1, "trainer.word_drop_prob", "at least 0 and less than 1");
        Require(t.CondDropProb is >= 0 and <= 1, "trainer.cond_drop_prob", "0 to 1");
        Require(t.ProbFocusPresent is >= 0 and <= 1, "trainer.prob_focus_present", "0 to 1");
        Require(t.KeepCheckpoints >= 0, "trainer.keep_checkpoints", "0 or more");
        var best = BestMetric.Parse(t.BestBy);
        Require(best.IsValidated || best.Name == BestMetric.Loss, "trainer.best_by", "loss or a validation metric, such as val.loss or highest val.psnr");
        Require(!best.IsValidated || t.ValidateEvery.Count > 0, "trainer.best_by",
            "loss, or trainer.validate_every above 0", "trainer.validate_every");
        Require(t.EarlyStoppingPatience is null or >= 1, "trainer.early_stopping_patience", "1 or more, or null");
        Require(t.EarlyStoppingPatience is null || best.IsValidated, "trainer.early_stopping_patience",
            "null, unless trainer.best_by is a validation metric", "trainer.best_by");
        Require(t.AdamBeta1 is >= 0 and < 1, "trainer.adam_beta1", "at least 0 and less than 1");
        Require(t.AdamBeta2 is >= 0 and < 1, "trainer.adam_beta2", "at least 0 and less than 1");
        Require(t.WeightDecay >= 0, "trainer.weight_decay", "0 or more");
        Require(t.WeightDecay <= 0 || t.Optimizer != OptimizerKind.Adam, "trainer.weight_decay",
            "0 unless trainer.optimizer is adamw or muon", "trainer.optimizer");
        Require(t.WeightDecayFromAxes >= 0, "trainer.weight_decay_from_axes", "0 or more");
        Require(t.WarmupSteps >= 0, "trainer.warmup_steps", "0 or more");
        Require(t.LrDecaySteps is null || t.LrDecaySteps > t.WarmupSteps, "trainer.lr_decay_steps",
            $"more than trainer.warmup_steps ({t.WarmupSteps}), or null", "trainer.warmup_steps");
        Require(t.LrFinalFactor is >= 0 and <= 1, "trainer.lr_final_factor", "0 to 1");
        Require(t.LrSchedule != LearningRateSchedule.Plateau || best.IsValidated, "trainer.lr_schedule",
            "constant or cosine, unless trainer.best_by is a validation metric", "trainer.best_by");
        Require(t.LrPatience >= 0, "trainer.lr_patience", "0 or more");
        Require(t.LrPlateauFactor is > 0 and < 1, "trainer.lr_plateau_factor", "greater than 0 and less than 1");
        Require(t.AdapterRank is null or (>= 1 and <= MaxLayers), "trainer.adapter_rank", $"1 to {MaxLayers}, or null");
        Require(t.AdapterLayers is null || t.AdapterLayers.Trim().Length > 0, "trainer.adapter_layers", "names of weights, or null");
    }

    private static bool IsLimit(double limit) => limit > 0 && (limit <= 1 || limit == Math.Floor(limit));
}
