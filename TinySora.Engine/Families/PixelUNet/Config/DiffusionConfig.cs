using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.Denoising;

namespace TinySora.Engine.Families.PixelUNet.Config;

public sealed record DiffusionConfig
{
    [Description("Height of a frame in pixels, and the default width.")]
    [FormerName("image_size")]
    public int Height { get; init; } = 32;

    [Description("Width of a frame in pixels; null: height.")]
    [FormerName("image_width")]
    public int? Width { get; init; }

    [Description("Frames of a clip.")]
    [FormerName("num_frames")]
    public int Frames { get; init; } = 5;

    [Description("Number of timesteps T.")]
    public int Timesteps { get; init; } = 10;

    [Description("l1 or l2.")]
    public LossKind LossType { get; init; } = LossKind.L1;

    [Description("Dynamic thresholding of the predicted x0 while sampling.")]
    public bool UseDynamicThres { get; init; }

    [Description("Quantile for dynamic thresholding.")]
    public double DynamicThresPercentile { get; init; } = 0.9;

    [Description("Use BERT's [CLS] vector instead of the mean over tokens.")]
    public bool TextUseBertCls { get; init; }

    [Description("Must equal model.channels; null: the same.")]
    public int? Channels { get; init; }

    [Description("Prediction: noise, v, x0, flow or flow-x0.")]
    public Objective Objective { get; init; } = Objective.Noise;

    [Description("cosine, linear, plain-linear or squared-cosine; not for flow.")]
    public NoiseScheduleKind NoiseSchedule { get; init; } = NoiseScheduleKind.Cosine;

    [Description("Divides signal / sigma at every timestep; 1: off.")]
    public double NoiseShift { get; init; } = 1;

    [Description("Gamma of min-SNR loss weighting, with loss_type l2; null: off. Not for flow.")]
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

    [Description("Default guidance scale; 1: no guidance.")]
    [MayChangeOnResume]
    public double GuidanceScale { get; init; } = 2.0;

    public NoiseSchedule Schedule() => Engine.Diffusion.NoiseSchedule.For(Objective, NoiseSchedule, Timesteps, NoiseShift);

    internal SamplingDefaults Sampling => new(Timesteps, Sampler, SamplingSteps, DdimEta, GuidanceScale);

    public DenoisingLoss Loss() => new(Schedule(), Objective, LossType, MinSnrGamma);
}
