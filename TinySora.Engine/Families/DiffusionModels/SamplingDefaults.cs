using System.Text.Json;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Layers.Onnx;

namespace TinySora.Engine.Families.DiffusionModels;

/// <summary>Sampling settings in a diffusion model's configuration, used for settings that the caller omits.</summary>
/// <param name="Timesteps">Number of timesteps T.</param>
/// <param name="Steps">Number of sampling steps for every sampler; <c>null</c> for the sampler's default.</param>
internal sealed record SamplingDefaults(int Timesteps, SamplerKind Sampler, int? Steps, double DdimEta, double GuidanceScale)
{
    /// <summary>
    /// Maximum number of timesteps, a hundred times the common number. It is limited because all noise levels are computed and kept in memory.
    /// </summary>
    private const int MaxTimesteps = 100_000;

    public static IReadOnlyList<Setting> Settings { get; } =
    [
        new(Setting.GuidanceScale, SettingKind.Number, "Guidance scale: how strongly the video follows the prompt; 1 disables guidance."),
        new(Setting.Steps, SettingKind.WholeNumber, "Number of sampling steps."),
        new(Setting.Sampler, SettingKind.Text, $"Sampling algorithm: one of {string.Join(", ", Samplers.Names)}."),
        new(Setting.Eta, SettingKind.Number, "Amount of noise that ddim adds in each step, from 0 (none) to 1 (as much as ddpm)."),
        new(Setting.FramesPerSecond, SettingKind.Number, "Playback speed of the video in frames per second."),
    ];

    public void Check(ConfigRules rules)
    {
        rules.Require(Timesteps is >= 1 and <= MaxTimesteps, "diffusion.timesteps", $"1 to {MaxTimesteps}");
        rules.Require(Steps is null || (Steps >= 1 && Steps <= Timesteps), "diffusion.sampling_steps",
            $"1 to {Timesteps} (diffusion.timesteps), or null", "diffusion.timesteps");
        rules.Require(DdimEta is >= 0 and <= 1, "diffusion.ddim_eta", "0 to 1");
        rules.Require(GuidanceScale >= 0, "diffusion.guidance_scale", "0 or more");
    }

    /// <exception cref="TinySoraException">
    /// TinySora.Model.UnknownSampler, EtaUnused, EtaOutOfRange; TinySora.Generation.BadGuidance, BadSetting, MixOutOfRange, InterpolationNoise,
    /// VariationNoise.
    /// </exception>
    public DenoisingPlan Resolve(GenerationSettings requested, ClipShape shape)
    {
        var eta = requested.Value<double>(Setting.Eta);
        var sampler = requested.Text(Setting.Sampler) is string name ? Samplers.Get(name, eta) : Samplers.Get(Sampler, eta);
        var given = requested.Start as SourceClipStart;
        given?.Check();
        var guidance = requested.Guidance(GuidanceScale);

        // The configured number of steps is for the full schedule, and there cannot be more steps than levels.
        var levels = given?.GetLevelCount(Timesteps) ?? Timesteps;
        return new DenoisingPlan(
            sampler is DdimSampler && eta is null ? new DdimSampler(DdimEta) : sampler,
            (levels == 0 ? null : requested.Value<int>(Setting.Steps)) ?? Math.Min(levels, Steps ?? sampler.DefaultSteps(Timesteps)),
            guidance,
            requested.Start,
            shape)
        {
            FrameMilliseconds = requested.FrameMilliseconds,
            Sizes = requested.Sizes,
        };
    }
}

/// <param name="Steps">Number of sampling steps.</param>
/// <param name="GuidanceScale">Guidance scale; 1 for no guidance.</param>
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

/// <summary>Describes the sampling loop around an exported network, so that other programs can reproduce it.</summary>
internal static class SamplingDescription
{
    private const string Loop =
        "Start with x = standard normal noise of 'shape'. For each t in 'levels', let s be the next level or, after the last one, the clean clip (signal 1, "
        + "sigma 0). Compute prediction = network(x, t); with a guidance g other than 1, prediction = p + g (network with text - p), where p is the network "
        + "without text. Compute x0 from x = signal[t] x0 + sigma[t] noise and the prediction, which depends on 'objective': noise: noise; "
        + "v: signal[t] noise - sigma[t] x0; x0 and flow-x0: x0; flow: noise - x0. "
        + "If 'limited' is true, clamp x0 to [-1, 1]; with 'percentile', clamp x0 to that quantile of |x0|, at least 1, and divide x0 by the same "
        + "number. If 'variance' is learned, the output has twice as many channels, and the prediction is the first half. If 'guided_channels' is set, "
        + "guidance changes only that many channels. ddim with eta 0, and euler: x = signal[s] x0 + sigma[s] noise, noise = (x - signal[t] x0) / sigma[t]. "
        + "The final x is a clip with the pixels (x + 1) / 2, or x + 1/2 if pixel_range is half; for latents, it is x latent_deviation + latent_mean.";

    /// <param name="shape">Shape of one clip: (C, F, H, W).</param>
    /// <param name="guided">Number of channels, counted from the first, that guidance changes; <c>null</c> to change all channels.</param>
    /// <param name="isHalf">Whether pixels are in [-0.5, 0.5].</param>
    public static void Describe(
        OnnxGraph graph, ReverseProcess process, DenoisingPlan plan, long[] shape, int? guided = null, bool isHalf = false)
    {
        var schedule = process.Schedule;
        graph.Metadata[NetworkGraph.SamplingKey] = JsonSerializer.Serialize(new
        {
            shape,
            objective = ConfigNames.GetName(process.Objective),
            sampler = process.Sampler.Name,
            eta = (process.Sampler as DdimSampler)?.Eta ?? 0,
            guidance = plan.GuidanceScale,
            limited = process.ClampsX0,
            percentile = process.Percentile,
            variance = ConfigNames.GetName(process.Variance),
            guided_channels = guided,
            pixel_range = isHalf ? "half" : "one",
            levels = NoiseSchedule.GetSamplingTimesteps(schedule.Timesteps, process.Steps, process.Spacing),
            signal = Enumerable.Range(0, schedule.Timesteps).Select(t => schedule[t].Signal),
            sigma = Enumerable.Range(0, schedule.Timesteps).Select(t => schedule[t].Sigma),
            frame_milliseconds = plan.FrameMilliseconds,
            loop = Loop,
        });
    }
}
