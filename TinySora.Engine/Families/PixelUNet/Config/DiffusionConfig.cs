using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.Denoising;

namespace TinySora.Engine.Families.PixelUNet.Config;

public sealed record DiffusionConfig
{
    [Description("Height of a frame in pixels.")]
    [FormerName("image_size")]
    public int Height { get; init; } = 32;

    [Description("Width of a frame in pixels; null: height.")]
    [FormerName("image_width")]
    public int? Width { get; init; }

    [Description("Frames of a clip.")]
    [FormerName("num_frames")]
    public int Frames { get; init; } = 5;

    [Description("Number of noise levels T.")]
    public int Timesteps { get; init; } = 10;

    [Description("l1 or l2.")]
    public LossKind LossType { get; init; } = LossKind.L1;

    [Description("Dynamic thresholding of the predicted clip while sampling.")]
    public bool UseDynamicThres { get; init; }

    [Description("Quantile used there.")]
    public double DynamicThresPercentile { get; init; } = 0.9;

    [Description("Use BERT's [CLS] vector instead of the masked mean.")]
    public bool TextUseBertCls { get; init; }

    [Description("Must equal model.channels; null: that.")]
    public int? Channels { get; init; }

    [Description("What the network predicts: noise (epsilon), v (Salimans and Ho 2022), x0, flow (rectified flow, Liu et al. 2022), or flow-x0 (JiT 2025).")]
    public Objective Objective { get; init; } = Objective.Noise;

    [Description("How noise grows with the level: cosine, linear, plain-linear (the same variances for any T) or squared-cosine (minisora). "
        + "Not for flow, which has a path of its own.")]
    public NoisePath NoiseSchedule { get; init; } = NoisePath.Cosine;

    [Description("Shifts all levels towards noise: signal against noise is divided by it, in training and sampling; 1: the schedule as published.")]
    public double NoiseShift { get; init; } = 1;

    [Description("Gamma of min-SNR loss weighting (Hang et al. 2023 take 5), with loss_type l2; null: off. Not for flow.")]
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

    [Description("Guidance scale when none is asked for (the original's generate uses 2).")]
    [MayChangeOnResume]
    public double GuidanceScale { get; init; } = 2.0;

    public NoiseSchedule Schedule() => Engine.Diffusion.NoiseSchedule.For(Objective, NoiseSchedule, Timesteps, NoiseShift);

    internal SamplingDefaults Sampling => new(Timesteps, Sampler, SamplingSteps, DdimEta, GuidanceScale);

    public DenoisingLoss Loss() => new(Schedule(), Objective, LossType, MinSnrGamma);
}
