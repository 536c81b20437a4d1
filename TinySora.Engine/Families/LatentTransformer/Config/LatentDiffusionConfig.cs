using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.Denoising;

namespace TinySora.Engine.Families.LatentTransformer.Config;

public sealed record LatentDiffusionConfig
{
    [Description("Number of timesteps T.")]
    public int Timesteps { get; init; } = 1000;

    [Description("Prediction: noise, v, x0, flow or flow-x0.")]
    public Objective Objective { get; init; } = Objective.Noise;

    [Description("linear, plain-linear, cosine or squared-cosine; not for flow.")]
    public NoiseScheduleKind NoiseSchedule { get; init; } = NoiseScheduleKind.Linear;

    [Description("First variance of linear and plain-linear.")]
    public double BetaStart { get; init; } = 1e-4;

    [Description("Last variance.")]
    public double BetaEnd { get; init; } = 0.02;

    [Description("Divides signal / sigma at every timestep; 1: off.")]
    public double NoiseShift { get; init; } = 1;

    [Description("Training timesteps: uniform or logit_normal.")]
    public TimestepDistribution Levels { get; init; }

    [Description("Gamma of min-SNR loss weighting; null: off. Not for flow.")]
    public double? MinSnrGamma { get; init; }

    [Description("Extra weight of errors where a clip changes; 0: none.")]
    public double MotionWeight { get; init; }

    [Description("Variance of a ddpm step: posterior or beta.")]
    [MayChangeOnResume]
    public ReverseVariance Variance { get; init; }

    [Description("Sampling timesteps: trailing or even.")]
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

    [Description("Default guidance scale; 1: no guidance.")]
    [MayChangeOnResume]
    public double GuidanceScale { get; init; } = 4;

    [Description("Leading channels that guidance changes; null: all.")]
    [MayChangeOnResume]
    public int? GuidedChannels { get; init; }

    [Description("Model or run to distill into one step; null: train on clips.")]
    [MayChangeOnResume]
    public string? Teacher { get; init; }

    internal NoiseSchedule Schedule() => Engine.Diffusion.NoiseSchedule.For(Objective, NoiseSchedule, Timesteps, NoiseShift, (BetaStart, BetaEnd));

    internal SamplingDefaults Sampling => new(Timesteps, Sampler, SamplingSteps, DdimEta, GuidanceScale);

    internal void Check(ConfigRules rules, bool learnsVariance)
    {
        var flows = Objective.IsFlow();
        rules.Require(NoiseSchedule == NoiseScheduleKind.Linear || !flows, "diffusion.noise_schedule",
            "linear or absent if diffusion.objective is flow or flow-x0, which have their own noise path", "diffusion.objective");
        rules.Require(BetaStart is > 0 and < 1, "diffusion.beta_start", "above 0, below 1");
        rules.Require(BetaEnd >= BetaStart && BetaEnd < 1, "diffusion.beta_end", "at least diffusion.beta_start, below 1", "diffusion.beta_start");
        rules.Require(NoiseShift is >= 0.01 and <= 100, "diffusion.noise_shift", "between 0.01 and 100");
        rules.Require(MinSnrGamma is null || (MinSnrGamma > 0 && !flows), "diffusion.min_snr_gamma",
            "null, or above 0 if diffusion.objective is noise, v or x0", "diffusion.objective");
        rules.Require(MotionWeight is >= 0 and <= 100, "diffusion.motion_weight", "0 to 100");
        rules.Require(GuidedChannels is null or >= 1, "diffusion.guided_channels", "1 or more, or null");
        rules.Require(Variance != ReverseVariance.Learned, "diffusion.variance", "posterior or beta; to learn it, set model.learn_sigma");
        rules.Require(!learnsVariance || !flows, "model.learn_sigma", "false if diffusion.objective is flow or flow-x0", "diffusion.objective");
        rules.Require(Teacher is null || (Teacher.Length > 0 && Objective != Objective.Noise && !learnsVariance), "diffusion.teacher",
            "null if diffusion.objective is noise, which cannot predict the clip from pure noise, or if model.learn_sigma is true",
            "diffusion.objective", "model.learn_sigma");
        Sampling.Check(rules);
    }
}
