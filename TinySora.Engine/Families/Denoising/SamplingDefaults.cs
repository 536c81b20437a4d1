using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Families.Denoising;

/// <summary>The configured settings of sampling by denoising, which hold for those that were not asked for.</summary>
/// <param name="Timesteps">T.</param>
/// <param name="Steps">Of every sampler; null: as many as it takes by itself.</param>
internal sealed record SamplingDefaults(int Timesteps, SamplerKind Sampler, int? Steps, double DdimEta, double GuidanceScale)
{
    /// <summary>A hundred times what is usual, and levels that one look computes and keeps.</summary>
    private const int MostTimesteps = 100_000;

    /// <summary>The settings that can be asked for.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        new(Setting.GuidanceScale, SettingKind.Number, "How far to go towards the prompt; 1: no guidance."),
        new(Setting.Steps, SettingKind.WholeNumber, "Sampling steps."),
        new(Setting.Sampler, SettingKind.Text, $"One of {string.Join(", ", Samplers.Names)}."),
        new(Setting.Eta, SettingKind.Number, "New noise in each step of ddim, from 0 to 1."),
        new(Setting.FramesPerSecond, SettingKind.Number, "How fast the video is shown."),
    ];

    /// <summary>States the ranges of the keys, which are in the section diffusion.</summary>
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
