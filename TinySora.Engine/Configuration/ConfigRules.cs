namespace TinySora.Engine.Configuration;

/// <summary>A value outside its range.</summary>
/// <param name="Key">The key to change.</param>
/// <param name="Expected">The valid range, to follow "expected".</param>
/// <param name="Keys">All keys the rule looks at.</param>
internal sealed record RuleViolation(string Key, string Expected, IReadOnlyList<string> Keys);

/// <summary>Every range and every agreement between keys: those of all families are here, the others in the family's record.</summary>
public sealed class ConfigRules
{
    /// <summary>Two years, which nobody waits for; and no time span overflows.</summary>
    internal const int MostMinutes = 2 * 365 * 24 * 60;

    /// <summary>Layers of one kind: far beyond any use, and not so many that memory runs out before anybody is told.</summary>
    internal const int MostLayers = 1000;

    /// <summary>Numbers of one vector, likewise; and clips of one micro-batch.</summary>
    internal const int MostWidth = 65_536;

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

    /// <summary>States a rule.</summary>
    /// <param name="holds">Whether the configuration keeps it.</param>
    /// <param name="key">The full name of the key to change where it does not.</param>
    /// <param name="expected">The valid range, to follow "expected".</param>
    /// <param name="otherKeys">Keys that the rule looks at as well.</param>
    public void Require(bool holds, string key, string expected, params string[] otherKeys)
    {
        // What follows from a wrong value of another key is not worth a message of its own.
        if (!holds && !violations.Any(v => otherKeys.Contains(v.Key)))
        {
            violations.Add(new RuleViolation(key, expected, [key, .. otherKeys]));
        }
    }

    /// <summary>States the rules of another configuration, which this one becomes.</summary>
    /// <param name="names">From its keys to those of this one; a rule of no key that is there does not concern it.</param>
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
        Require(t.EmaDecay is >= 0 and < 1, "trainer.ema_decay", "0 or more, below 1");
        Require(t.TrainBatchSize is >= 1 and <= MostWidth, "trainer.train_batch_size", $"1 to {MostWidth}");
        Require(t.TrainLr > 0, "trainer.train_lr", "above 0");
        Require(t.TrainNumSteps.Count >= 0, "trainer.train_num_steps", "0 or more");
        Require(t.TrainMinutes is null or (> 0 and <= MostMinutes), "trainer.train_minutes", $"above 0, at most {MostMinutes}, or null");
        Require(t.BalanceWords is null || !t.BalanceCaptions, "trainer.balance_words", "null where trainer.balance_captions is true");
        Require(t.GradientAccumulateEvery >= 1, "trainer.gradient_accumulate_every", "1 or more");
        Require(t.StepStartEma >= 0, "trainer.step_start_ema", "0 or more");
        Require(t.UpdateEmaEvery >= 1, "trainer.update_ema_every", "1 or more");
        Require(t.SaveModelEvery.Count >= 1, "trainer.save_model_every", "1 or more");
        Require(t.ResultsFolder.Length > 0, "trainer.results_folder", "a folder");
        Require(t.NumSampleRows >= 0, "trainer.num_sample_rows", "0 or more");
        Require(t.SampleEvery.Count >= 0, "trainer.sample_every", "0 or more");
        Require(t.SampleAt.All(percent => percent is >= 1 and <= 100), "trainer.sample_at", "percents from 1 to 100");
        Require(t.ValidateEvery.Count >= 0, "trainer.validate_every", "0 or more");
        Require(IsLimit(t.LimitTrainBatches), "trainer.limit_train_batches", "above 0 and at most 1, or a whole number");
        Require(IsLimit(t.LimitValBatches), "trainer.limit_val_batches", "above 0 and at most 1, or a whole number");
        Require(t.MaxGradNorm is null or > 0, "trainer.max_grad_norm", "above 0, or null");
        Require(t.MaxGradNormFrom >= 0, "trainer.max_grad_norm_from", "0 or more");
        Require(t.CondDropProb is >= 0 and <= 1, "trainer.cond_drop_prob", "0 to 1");
        Require(t.ProbFocusPresent is >= 0 and <= 1, "trainer.prob_focus_present", "0 to 1");
        Require(t.KeepCheckpoints >= 0, "trainer.keep_checkpoints", "0 or more");
        var best = BestMetric.Parse(t.BestBy);
        Require(best.IsValidated || best.Name == BestMetric.Loss, "trainer.best_by", "loss, or what a validation measures, as val.loss or highest val.psnr");
        Require(!best.IsValidated || t.ValidateEvery.Count > 0, "trainer.best_by",
            "loss, or trainer.validate_every above 0", "trainer.validate_every");
        Require(t.EarlyStoppingPatience is null or >= 1, "trainer.early_stopping_patience", "1 or more, or null");
        Require(t.EarlyStoppingPatience is null || best.IsValidated, "trainer.early_stopping_patience",
            "null, unless trainer.best_by names what validations measure", "trainer.best_by");
        Require(t.AdamBeta1 is >= 0 and < 1, "trainer.adam_beta1", "0 or more, below 1");
        Require(t.AdamBeta2 is >= 0 and < 1, "trainer.adam_beta2", "0 or more, below 1");
        Require(t.WeightDecay >= 0, "trainer.weight_decay", "0 or more");
        Require(t.WeightDecay <= 0 || t.Optimizer != OptimizerKind.Adam, "trainer.weight_decay",
            "0 unless trainer.optimizer is adamw or muon", "trainer.optimizer");
        Require(t.WeightDecayFromAxes >= 0, "trainer.weight_decay_from_axes", "0 or more");
        Require(t.WarmupSteps >= 0, "trainer.warmup_steps", "0 or more");
        Require(t.LrDecaySteps is null || t.LrDecaySteps > t.WarmupSteps, "trainer.lr_decay_steps",
            $"more than the {t.WarmupSteps} of trainer.warmup_steps, or null", "trainer.warmup_steps");
        Require(t.LrFinalFactor is >= 0 and <= 1, "trainer.lr_final_factor", "0 to 1");
        Require(t.LrSchedule != LearningRateSchedule.Plateau || best.IsValidated, "trainer.lr_schedule",
            "constant or cosine, unless trainer.best_by names what validations measure", "trainer.best_by");
        Require(t.LrPatience >= 0, "trainer.lr_patience", "0 or more");
        Require(t.LrPlateauFactor is > 0 and < 1, "trainer.lr_plateau_factor", "above 0, below 1");
    }

    private static bool IsLimit(double limit) => limit > 0 && (limit <= 1 || limit == Math.Floor(limit));
}
