using System.Text.Json;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Layers.Onnx;

namespace TinySora.Engine.Families.Denoising;

/// <summary>The configured settings of sampling by denoising, which hold for those that were not asked for.</summary>
/// <param name="Timesteps">T.</param>
/// <param name="Steps">Of every sampler; null: as many as it takes by itself.</param>
internal sealed record SamplingDefaults(int Timesteps, SamplerKind Sampler, int? Steps, double DdimEta, double GuidanceScale)
{
    /// <summary>A hundred times what is usual, and levels that one look computes and keeps.</summary>
    private const int MostTimesteps = 100_000;

    public static IReadOnlyList<Setting> Settings { get; } =
    [
        new(Setting.GuidanceScale, SettingKind.Number, "How far to go towards the prompt; 1: no guidance."),
        new(Setting.Steps, SettingKind.WholeNumber, "Sampling steps."),
        new(Setting.Sampler, SettingKind.Text, $"One of {string.Join(", ", Samplers.Names)}."),
        new(Setting.Eta, SettingKind.Number, "New noise in each step of ddim, from 0 to 1."),
        new(Setting.FramesPerSecond, SettingKind.Number, "How fast the video is shown."),
    ];

    public void Check(ConfigRules rules)
    {
        rules.Require(Timesteps is >= 1 and <= MostTimesteps, "diffusion.timesteps", $"1 to {MostTimesteps}");
        rules.Require(Steps is null || (Steps >= 1 && Steps <= Timesteps), "diffusion.sampling_steps",
            $"1 to the {Timesteps} of diffusion.timesteps, or null", "diffusion.timesteps");
        rules.Require(DdimEta is >= 0 and <= 1, "diffusion.ddim_eta", "0 to 1");
        rules.Require(GuidanceScale >= 0, "diffusion.guidance_scale", "0 or more");
    }

    /// <exception cref="TinySoraException">
    /// TinySora.Model.UnknownSampler, EtaUnused, EtaOutOfRange; TinySora.Generation.BadGuidance, BadSetting, MixOutOfRange, InterpolationNoise,
    /// VariationNoise.
    /// </exception>
    public DenoisingPlan Resolve(GenerationSettings asked, ClipShape shape)
    {
        var eta = asked.Value<double>(Setting.Eta);
        var sampler = asked.Text(Setting.Sampler) is string name ? Samplers.Get(name, eta) : Samplers.Get(Sampler, eta);
        var given = asked.Start as GivenStart;
        given?.Check();
        var guidance = asked.Guidance(GuidanceScale);

        // Steps that the configuration names are meant for the whole way.
        var levels = given?.LevelsOf(Timesteps) ?? Timesteps;
        return new DenoisingPlan(
            sampler is DdimSampler && eta is null ? new DdimSampler(DdimEta) : sampler,
            (levels == 0 ? null : asked.Value<int>(Setting.Steps)) ?? Math.Min(levels, Steps ?? sampler.DefaultSteps(Timesteps)),
            guidance,
            asked.Start,
            shape)
        {
            FrameMilliseconds = asked.FrameMilliseconds,
            Sizes = asked.Sizes,
        };
    }
}

/// <param name="Steps">Of the sampler.</param>
/// <param name="GuidanceScale">1: no guidance.</param>
internal sealed record DenoisingPlan(ISampler Sampler, int Steps, double GuidanceScale, ClipStart Start, ClipShape Shape)
    : SamplingPlan(Steps, Start, Shape)
{
    public override IReadOnlyDictionary<string, object> Settings
    {
        get
        {
            var settings = new Dictionary<string, object>(Sizes)
            {
                [Setting.GuidanceScale] = GuidanceScale, [Setting.Steps] = Steps, [Setting.Sampler] = Sampler.Name,
            };
            if (Sampler is DdimSampler ddim)
            {
                settings[Setting.Eta] = ddim.Eta;
            }

            return settings;
        }
    }
}

/// <summary>What another program must do around a network to sample as we do, in a form that programs read.</summary>
internal static class SamplingDescription
{
    private const string Loop =
        "x = standard normal noise of 'shape'. For each t of 'levels', s being the next one, and after the last the clean clip (signal 1, sigma 0): "
        + "prediction = network(x, t); with guidance g other than 1: p = network without text, prediction = p + g (network with text - p). "
        + "x0 solves x = signal[t] x0 + sigma[t] noise together with what 'objective' says of the prediction: noise: noise; "
        + "v: signal[t] noise - sigma[t] x0; x0 and flow-x0: x0; flow: noise - x0. "
        + "x0 is clamped to [-1, 1] where 'limited', or with a percentile to that quantile of |x0|, at least 1, and divided by it. "
        + "Where 'variance' is learned a prediction has twice the channels, of which the first are the prediction; with 'guided_channels' only those move. "
        + "ddim with eta 0, and euler: x = signal[s] x0 + sigma[s] noise, noise = (x - signal[t] x0) / sigma[t]. "
        + "What comes out is a clip of pixels (x + 1) / 2, or x + 1/2 with pixel_range half, or latents: x latent_deviation + latent_mean.";

    /// <param name="shape">Of one clip: (C, F, H, W).</param>
    /// <param name="guided">How many channels guidance moves, from the first; null: all.</param>
    /// <param name="isHalf">Pixels are in [-0.5, 0.5].</param>
    public static void Describe(
        OnnxGraph graph, ReverseProcess process, DenoisingPlan plan, long[] shape, int? guided = null, bool isHalf = false)
    {
        var schedule = process.Schedule;
        graph.Metadata[NetworkGraph.SamplingKey] = JsonSerializer.Serialize(new
        {
            shape,
            objective = ConfigNames.Of(process.Objective),
            sampler = process.Sampler.Name,
            eta = (process.Sampler as DdimSampler)?.Eta ?? 0,
            guidance = plan.GuidanceScale,
            limited = process.IsLimited,
            percentile = process.Percentile,
            variance = ConfigNames.Of(process.Variance),
            guided_channels = guided,
            pixel_range = isHalf ? "half" : "one",
            levels = NoiseSchedule.Respaced(schedule.Timesteps, process.Steps, process.Spacing),
            signal = Enumerable.Range(0, schedule.Timesteps).Select(t => schedule[t].Signal),
            sigma = Enumerable.Range(0, schedule.Timesteps).Select(t => schedule[t].Sigma),
            frame_milliseconds = plan.FrameMilliseconds,
            loop = Loop,
        });
    }
}
