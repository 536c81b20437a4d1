using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Families.DiffusionModels;

/// <summary>Sampling settings in a diffusion model's configuration, used for settings that the caller omits.</summary>
/// <param name="Timesteps">Number of timesteps T.</param>
/// <param name="Steps">Number of sampling steps for every sampler; <c>null</c> for the sampler's default.</param>
/// <param name="GuidanceBelow">See <see cref="DenoisingPlan.GuidanceBelow"/>.</param>
internal sealed record SamplingDefaults(int Timesteps, SamplerKind Sampler, int? Steps, double DdimEta, double GuidanceScale, int? GuidanceBelow)
{
    /// <summary>
    /// Maximum number of timesteps, a hundred times the common number. It is limited because all noise levels are computed and kept in memory.
    /// </summary>
    private const int MaxTimesteps = 100_000;

    public const string GuidanceBelowDescription = "Timestep below which guidance applies; if null, guidance applies at all timesteps.";

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
        rules.Require(GuidanceBelow is null || (GuidanceBelow >= 1 && GuidanceBelow <= Timesteps), "diffusion.guidance_below",
            $"1 to {Timesteps} (diffusion.timesteps), or null", "diffusion.timesteps");
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
            GuidanceBelow = GuidanceBelow,
            FrameMilliseconds = requested.FrameMilliseconds,
            Sizes = requested.Sizes,
        };
    }
}
