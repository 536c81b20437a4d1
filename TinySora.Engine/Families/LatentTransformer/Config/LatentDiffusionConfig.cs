using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.Denoising;

namespace TinySora.Engine.Families.LatentTransformer.Config;

public sealed record LatentDiffusionConfig
{
    [Description("Number of noise levels T.")]
    public int Timesteps { get; init; } = 1000;

    [Description("What the network predicts: noise (epsilon), v, x0, flow or flow-x0 (x0 with the loss of the velocity).")]
    public Objective Objective { get; init; } = Objective.Noise;

    [Description("How noise grows with the level: linear, plain-linear, squared-cosine or cosine. Not for flow, which has a path of its own.")]
    public NoisePath NoiseSchedule { get; init; } = NoisePath.Linear;

    [Description("Where the variances of linear and plain-linear begin; of linear they are meant for T = 1000, of which with another T each level "
        + "stands for 1000/T.")]
    public double BetaStart { get; init; } = 1e-4;

    [Description("Where they end.")]
    public double BetaEnd { get; init; } = 0.02;

    [Description("Shifts all levels towards noise: signal against noise is divided by it; 1: the schedule as published.")]
    public double NoiseShift { get; init; } = 1;

    [Description("Which levels training sees how often: uniform or logit_normal (Esser et al. 2024).")]
    public LevelDistribution Levels { get; init; }

    [Description("Gamma of min-SNR loss weighting; null: off. Not for flow.")]
    public double? MinSnrGamma { get; init; }

    [Description("How much more errors count where a clip changes: their weight is 1 + this times the standard deviation over frames, relative to the mean of "
        + "the clip. 0: the same everywhere.")]
    public double MotionWeight { get; init; }

    [Description("Noise that a step of ddpm adds where model.learn_sigma is false: posterior or beta.")]
    [MayChangeOnResume]
    public ReverseVariance Variance { get; init; }

    [Description("Which levels fewer steps visit: trailing or even.")]
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

    [Description("Guidance scale when none is asked for; 1: no guidance.")]
    [MayChangeOnResume]
    public double GuidanceScale { get; init; } = 4;

    [Description("Channels of latents, from the first, that guidance moves, the others staying the prompt's (Open-Sora's st-dit: 3 of 4); null: all.")]
    [MayChangeOnResume]
    public int? GuidedChannels { get; init; }

    [Description("A trained model, or the folder of its run, that this one learns from to make its clips in one step (score identity "
        + "distillation); null: it learns from clips.")]
    [MayChangeOnResume]
    public string? Teacher { get; init; }

    internal NoiseSchedule Schedule() => Engine.Diffusion.NoiseSchedule.For(Objective, NoiseSchedule, Timesteps, NoiseShift, (BetaStart, BetaEnd));

    internal SamplingDefaults Sampling => new(Timesteps, Sampler, SamplingSteps, DdimEta, GuidanceScale);

    internal void Check(ConfigRules rules, bool learnsVariance)
    {
        var flows = Objective.IsFlow();
        rules.Require(NoiseSchedule == NoisePath.Linear || !flows, "diffusion.noise_schedule",
            "linear, or to be absent, with diffusion.objective flow or flow-x0, which have a path of their own", "diffusion.objective");
        rules.Require(BetaStart is > 0 and < 1, "diffusion.beta_start", "above 0, below 1");
        rules.Require(BetaEnd >= BetaStart && BetaEnd < 1, "diffusion.beta_end", "at least diffusion.beta_start, below 1", "diffusion.beta_start");
        rules.Require(NoiseShift is >= 0.01 and <= 100, "diffusion.noise_shift", "between 0.01 and 100");
        rules.Require(MinSnrGamma is null || (MinSnrGamma > 0 && !flows), "diffusion.min_snr_gamma",
            "null, or above 0 with diffusion.objective noise, v or x0", "diffusion.objective");
        rules.Require(MotionWeight is >= 0 and <= 100, "diffusion.motion_weight", "0 to 100");
        rules.Require(GuidedChannels is null or >= 1, "diffusion.guided_channels", "1 or more, or null");
        rules.Require(Variance != ReverseVariance.Learned, "diffusion.variance", "posterior or beta: model.learn_sigma says that it is learned");
        rules.Require(!learnsVariance || !flows, "model.learn_sigma", "false with diffusion.objective flow or flow-x0", "diffusion.objective");
        rules.Require(Teacher is null || (Teacher.Length > 0 && Objective != Objective.Noise && !learnsVariance), "diffusion.teacher",
            "null unless diffusion.objective is another than noise, which says nothing of the clip in pure noise, and model.learn_sigma is false",
            "diffusion.objective", "model.learn_sigma");
        Sampling.Check(rules);
    }
}
