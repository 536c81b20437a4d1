using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.DiffusionModels;

namespace TinySora.Engine.Families.PixelUNet.Config;

public sealed record DiffusionConfig
{
    [Description("Frame height in pixels; also the default width.")]
    [FormerName("image_size")]
    public int Height { get; init; } = 32;

    [Description("Frame width in pixels; if null, the height is used.")]
    [FormerName("image_width")]
    public int? Width { get; init; }

    [Description("Frames per clip.")]
    [FormerName("num_frames")]
    public int Frames { get; init; } = 5;

    [Description("Number of timesteps T.")]
    public int Timesteps { get; init; } = 10;

    [Description("Loss function: l1 (absolute error) or l2 (squared error).")]
    public LossKind LossType { get; init; } = LossKind.L1;

    [Description("Apply dynamic thresholding to predicted x0 in each sampling step.")]
    public bool UseDynamicThres { get; init; }

    [Description("Dynamic thresholding clamps predicted x0 to this quantile of its absolute values.")]
    public double DynamicThresPercentile { get; init; } = 0.9;

    [Description("Use BERT's [CLS] vector as the text vector, instead of the mean over tokens.")]
    public bool TextUseBertCls { get; init; }

    [Description("Number of channels per frame; must be null or equal to model.channels.")]
    public int? Channels { get; init; }

    [Description("What the network predicts: noise, v, x0, flow or flow-x0.")]
    public Objective Objective { get; init; } = Objective.Noise;

    [Description("Noise schedule (not for flow and flow-x0): cosine, linear, plain-linear or squared-cosine.")]
    public NoiseScheduleKind NoiseSchedule { get; init; } = NoiseScheduleKind.Cosine;

    [Description("Divisor of the signal-to-sigma ratio at every timestep; larger values mean more noise.")]
    public double NoiseShift { get; init; } = 1;

    [Description("Gamma of min-SNR loss weighting with loss_type l2 (not for flow and flow-x0); if null, losses are not weighted.")]
    public double? MinSnrGamma { get; init; }

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
    public double GuidanceScale { get; init; } = 2.0;

    [Description(SamplingDefaults.GuidanceBelowDescription)]
    [MayChangeOnResume]
    public int? GuidanceBelow { get; init; }

    public NoiseSchedule Schedule() => Engine.Diffusion.NoiseSchedule.For(Objective, NoiseSchedule, Timesteps, NoiseShift);

    internal SamplingDefaults Sampling => new(Timesteps, Sampler, SamplingSteps, DdimEta, GuidanceScale, GuidanceBelow);

    public DenoisingLoss Loss() => new(Schedule(), Objective, LossType, MinSnrGamma);
}
