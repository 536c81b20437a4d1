using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.DiffusionModels;

namespace TinySora.Engine.Families.LatentTransformer.Config;

public sealed record LatentDiffusionConfig
{
    [Description("Number of timesteps T.")]
    public int Timesteps { get; init; } = 1000;

    [Description("What the network predicts: noise, v, x0, flow or flow-x0.")]
    public Objective Objective { get; init; } = Objective.Noise;

    [Description("Noise schedule (not for flow and flow-x0): linear, plain-linear, cosine or squared-cosine.")]
    public NoiseScheduleKind NoiseSchedule { get; init; } = NoiseScheduleKind.Linear;

    [Description("Noise variance (beta) at the first timestep, for linear and plain-linear.")]
    public double BetaStart { get; init; } = 1e-4;

    [Description("Noise variance (beta) at the last timestep, for linear and plain-linear.")]
    public double BetaEnd { get; init; } = 0.02;

    [Description("Divisor of the signal-to-sigma ratio at every timestep; larger values mean more noise.")]
    public double NoiseShift { get; init; } = 1;

    [Description("Distribution of training timesteps: uniform or logit_normal.")]
    public TimestepDistribution Levels { get; init; }

    [Description("Gamma of min-SNR loss weighting (not for flow and flow-x0); if null, losses are not weighted.")]
    public double? MinSnrGamma { get; init; }

    [Description("Additional weight of errors at positions that change over time.")]
    public double MotionWeight { get; init; }

    [Description("Variance of the noise added in ddpm steps: posterior or beta.")]
    [MayChangeOnResume]
    public ReverseVariance Variance { get; init; }

    [Description("Spacing of sampling timesteps: trailing or even.")]
    [MayChangeOnResume]
    public StepSpacing Spacing { get; init; }

    [Description(Samplers.Description)]
    [MayChangeOnResume]
    public SamplerKind Sampler { get; init; } = SamplerKind.Ddpm;

    [Description(Samplers.StepsDescription)]
    [MayChangeOnResume]
    public int? SamplingSteps { get; init; }

    [Description(Samplers.EtaDescription)]
    [MayChangeOnResume]
    public double DdimEta { get; init; }

    [Description("Default guidance scale; 1 disables guidance.")]
    [MayChangeOnResume]
    public double GuidanceScale { get; init; } = 4;

    [Description(SamplingDefaults.GuidanceBelowDescription)]
    [MayChangeOnResume]
    public int? GuidanceBelow { get; init; }

    [Description("Number of leading channels that guidance applies to; if null, all channels.")]
    [MayChangeOnResume]
    public int? GuidedChannels { get; init; }

    [Description("Checkpoint or run of the model to distill into a one-step model; if null, the model is trained on clips.")]
    [MayChangeOnResume]
    public string? Teacher { get; init; }

    internal NoiseSchedule Schedule() => Engine.Diffusion.NoiseSchedule.For(Objective, NoiseSchedule, Timesteps, NoiseShift, (BetaStart, BetaEnd));

    internal SamplingDefaults Sampling => new(Timesteps, Sampler, SamplingSteps, DdimEta, GuidanceScale, GuidanceBelow);

    internal void Check(ConfigRules rules, bool learnsVariance)
    {
        var flows = Objective.IsFlow();
        rules.Require(NoiseSchedule == NoiseScheduleKind.Linear || !flows, "diffusion.noise_schedule",
            "linear or omitted if diffusion.objective is flow or flow-x0, which have their own noise path", "diffusion.objective");
        rules.Require(BetaStart is > 0 and < 1, "diffusion.beta_start", "a number greater than 0 and less than 1");
        rules.Require(
            BetaEnd >= BetaStart && BetaEnd < 1, "diffusion.beta_end", "at least diffusion.beta_start and less than 1", "diffusion.beta_start");
        rules.Require(NoiseShift is >= 0.01 and <= 100, "diffusion.noise_shift", "a number from 0.01 to 100");
        rules.Require(MinSnrGamma is null || (MinSnrGamma > 0 && !flows), "diffusion.min_snr_gamma",
            "null, or a number above 0 if diffusion.objective is noise, v or x0", "diffusion.objective");
        rules.Require(MotionWeight is >= 0 and <= 100, "diffusion.motion_weight", "0 to 100");
        rules.Require(GuidedChannels is null or >= 1, "diffusion.guided_channels", "1 or more, or null");
        rules.Require(Variance != ReverseVariance.Learned, "diffusion.variance", "posterior or beta; to learn the variance, set model.learn_sigma to true");
        rules.Require(!learnsVariance || !flows, "model.learn_sigma", "false if diffusion.objective is flow or flow-x0", "diffusion.objective");
        rules.Require(Teacher is null || (Teacher.Length > 0 && Objective != Objective.Noise && !learnsVariance), "diffusion.teacher",
            "null if diffusion.objective is noise, which cannot predict the clip from pure noise, or if model.learn_sigma is true",
            "diffusion.objective", "model.learn_sigma");
        Sampling.Check(rules);
    }
}
