namespace TinySora.Engine.Configuration;

/// <summary>A value outside its range.</summary>
/// <param name="Key">The key to change.</param>
/// <param name="Expected">The valid range, to follow "expected".</param>
/// <param name="Keys">All keys the rule looks at.</param>
internal sealed record RuleViolation(string Key, string Expected, IReadOnlyList<string> Keys);

/// <summary>Every range and every agreement between keys (spec of Tiny SORA, section 1, and our own keys).</summary>
internal sealed class ConfigRules
{
    private readonly List<RuleViolation> violations = [];

    private ConfigRules()
    {
    }

    public static IReadOnlyList<RuleViolation> Check(RunConfig config)
    {
        var rules = new ConfigRules();
        rules.Require(config.TrainingDataDir.Length > 0, "training_data_dir", "a folder");
        rules.CheckModel(config.Model);
        rules.CheckDiffusion(config.Diffusion, config.Model);
        rules.CheckTrainer(config.Trainer, config.Diffusion);
        return rules.violations;
    }

    private void CheckModel(ModelConfig m)
    {
        // The time embedding divides by dim / 2 - 1.
        Require(m.Dim >= 4 && m.Dim % 2 == 0, "model.dim", "an even number, 4 or more");
        Require(m.DimMults.Count > 0 && m.DimMults.All(f => f >= 1), "model.dim_mults",
            "at least one factor, each 1 or more");
        Require(m.InitDim is null or >= 1, "model.init_dim", "1 or more, or null");
        Require(m.InitKernelSize >= 1 && m.InitKernelSize % 2 == 1, "model.init_kernel_size", "an odd number");
        OneOf(m.BlockType, "model.block_type", "basic", "resnet");
        Require(m.CondDim is null or >= 1, "model.cond_dim", "1 or more, or null");
        Require(m.Channels is 1 or 3 or 4, "model.channels", "1, 3 or 4");
        Require(m.OutDim is null || m.OutDim == m.Channels, "model.out_dim",
            $"null, or the {m.Channels} of model.channels", "model.channels");
        Require(m.AttnHeads >= 1, "model.attn_heads", "1 or more");
        Require(m.AttnDimHead >= 2 && m.AttnDimHead % 2 == 0, "model.attn_dim_head", "an even number, 2 or more");
        if (m.TextEncoder is not null)
        {
            OneOf(m.TextEncoder, "model.text_encoder", "bert", "clip", "learned", "none");
        }

        Require(m.TextEncoderPath.Length > 0, "model.text_encoder_path", "a folder");
        Require(m.Stem is 1 or 2 or 4, "model.stem", "1, 2 or 4");
    }

    private void CheckDiffusion(DiffusionConfig d, ModelConfig m)
    {
        var unit = m.Stem * Math.Pow(2, m.DimMults.Count - 1);
        Require(d.ImageSize >= 1 && d.ImageSize % unit == 0, "diffusion.image_size",
            FormattableString.Invariant($"a multiple of {unit} (model.stem times two for each step down in model.dim_mults)"),
            "model.stem", "model.dim_mults");
        Require(d.NumFrames >= 1, "diffusion.num_frames", "1 or more");
        Require((double)m.Channels * d.NumFrames * d.ImageSize * d.ImageSize <= 1 << 30, "diffusion.image_size",
            "a size at which a clip (model.channels x diffusion.num_frames x image_size squared) stays below 1 GiB",
            "model.channels", "diffusion.num_frames");
        Require(d.Timesteps >= 1, "diffusion.timesteps", "1 or more");
        OneOf(d.LossType, "diffusion.loss_type", "l1", "l2");
        Require(d.DynamicThresPercentile is > 0 and <= 1, "diffusion.dynamic_thres_percentile", "above 0, at most 1");
        Require(d.Channels is null || d.Channels == m.Channels, "diffusion.channels",
            $"null, or the {m.Channels} of model.channels", "model.channels");
        OneOf(d.Objective, "diffusion.objective", "noise", "v", "x0", "flow");
        OneOf(d.NoiseSchedule, "diffusion.noise_schedule", "cosine", "linear");
        Require(d.NoiseShift is >= 0.01 and <= 100, "diffusion.noise_shift", "between 0.01 and 100");
        Require(d.NoiseSchedule != "linear" || d.Objective != "flow", "diffusion.noise_schedule",
            "cosine, or to be absent, with diffusion.objective flow, which has a path of its own", "diffusion.objective");
        Require(d.MinSnrGamma is null or > 0, "diffusion.min_snr_gamma", "above 0, or null");
        Require(d.MinSnrGamma is not > 0 || (d.LossType == "l2" && d.Objective != "flow"), "diffusion.min_snr_gamma",
            "null unless diffusion.loss_type is l2 and diffusion.objective noise, v or x0", "diffusion.loss_type", "diffusion.objective");
        OneOf(d.Sampler, "diffusion.sampler", "ddpm", "ddim", "dpm++2m", "euler", "heun");
        Require(d.DdimEta is >= 0 and <= 1, "diffusion.ddim_eta", "0 to 1");
        Require(d.SamplingSteps is null || (d.SamplingSteps >= 1 && d.SamplingSteps <= d.Timesteps),
            "diffusion.sampling_steps", $"1 to the {d.Timesteps} of diffusion.timesteps, or null", "diffusion.timesteps");
        Require(d.GuidanceScale >= 0, "diffusion.guidance_scale", "0 or more");
    }

    private void CheckTrainer(TrainerConfig t, DiffusionConfig d)
    {
        Require(t.EmaDecay is >= 0 and < 1, "trainer.ema_decay", "0 or more, below 1");
        Require(t.TrainBatchSize >= 1, "trainer.train_batch_size", "1 or more");
        Require(t.TrainLr > 0, "trainer.train_lr", "above 0");
        Require(t.TrainNumSteps >= 0, "trainer.train_num_steps", "0 or more");
        Require(t.GradientAccumulateEvery >= 1, "trainer.gradient_accumulate_every", "1 or more");
        Require(t.StepStartEma >= 0, "trainer.step_start_ema", "0 or more");
        Require(t.UpdateEmaEvery >= 1, "trainer.update_ema_every", "1 or more");
        Require(t.SaveModelEvery >= 1, "trainer.save_model_every", "1 or more");
        Require(t.ResultsFolder.Length > 0, "trainer.results_folder", "a folder");
        Require(t.NumSampleRows >= 0, "trainer.num_sample_rows", "0 or more");
        Require(t.SampleEvery >= 0, "trainer.sample_every", "0 or more");
        Require(t.MaxGradNorm is null or > 0, "trainer.max_grad_norm", "above 0, or null");
        Require(t.NumFrames is null || t.NumFrames == d.NumFrames, "trainer.num_frames",
            $"null, or the {d.NumFrames} of diffusion.num_frames", "diffusion.num_frames");
        Require(t.CondDropProb is >= 0 and <= 1, "trainer.cond_drop_prob", "0 to 1");
        Require(t.ProbFocusPresent is >= 0 and <= 1, "trainer.prob_focus_present", "0 to 1");
        Require(t.KeepCheckpoints >= 0, "trainer.keep_checkpoints", "0 or more");
        OneOf(t.Optimizer, "trainer.optimizer", "adam", "adamw");
        Require(t.AdamBeta1 is >= 0 and < 1, "trainer.adam_beta1", "0 or more, below 1");
        Require(t.AdamBeta2 is >= 0 and < 1, "trainer.adam_beta2", "0 or more, below 1");
        Require(t.WeightDecay >= 0, "trainer.weight_decay", "0 or more");
        Require(t.WeightDecay <= 0 || t.Optimizer != "adam", "trainer.weight_decay",
            "0 unless trainer.optimizer is adamw", "trainer.optimizer");
        Require(t.WarmupSteps >= 0, "trainer.warmup_steps", "0 or more");
        OneOf(t.LrSchedule, "trainer.lr_schedule", "constant", "cosine");
        Require(t.LrFinalFactor is >= 0 and <= 1, "trainer.lr_final_factor", "0 to 1");
    }

    private void OneOf(string value, string key, params string[] allowed) =>
        Require(allowed.Contains(value), key, $"{string.Join(", ", allowed[..^1])} or {allowed[^1]}");

    private void Require(bool holds, string key, string expected, params string[] otherKeys)
    {
        // What follows from a wrong value of another key is not worth a message of its own.
        if (!holds && !violations.Any(v => otherKeys.Contains(v.Key)))
        {
            violations.Add(new RuleViolation(key, expected, [key, .. otherKeys]));
        }
    }
}
