using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Families.TokenModel.Schemes;

namespace TinySora.Engine.Families.TokenModel;

/// <param name="GuidanceScale">Guidance scale; 1 for no guidance.</param>
/// <param name="Steps">Sampling steps of a masked transformer; <c>null</c> for models that predict one token at a time.</param>
/// <param name="Tokens">Size of a clip in tokens.</param>
internal sealed record TokenPlan(
    TokenSampler Choice, double GuidanceScale, int? Steps, TokenShape Tokens, int Units, ClipStart Start, ClipShape Shape) : SamplingPlan(Units, Start, Shape)
{
    public override int? TokensPerClip => Tokens.Count;

    public override IReadOnlyDictionary<string, object> Settings
    {
        get
        {
            var settings = new Dictionary<string, object>(Sizes)
            {
                [Setting.GuidanceScale] = GuidanceScale, [Setting.Temperature] = Choice.Temperature,
            };
            Add(Setting.TopK, Choice.TopK);
            Add(Setting.TopP, Choice.TopP);
            Add(Setting.Steps, Steps);
            Add(Setting.MaskTemperature, Steps is null ? null : Choice.MaskTemperature);
            return settings;

            void Add(string name, object? value)
            {
                if (value is not null)
                {
                    settings[name] = value;
                }
            }
        }
    }

    /// <summary>Creates a plan from the requested settings, with the configured values for all other settings.</summary>
    /// <param name="units">Returns the number of units of work for a number of steps.</param>
    /// <exception cref="TinySoraException">TinySora.Generation.BadGuidance, BadSetting, VariationNoise.</exception>
    public static TokenPlan Create(
        TokenSamplingConfig configured, GenerationSettings requested, ClipShape shape, TokenShape tokens, bool hasSteps, Func<int, int> units)
    {
        var steps = Checked(
            Setting.Steps, requested.Value<int>(Setting.Steps) ?? configured.SamplingSteps, steps => steps is >= 1 and <= 10_000,
            "a whole number from 1 to 10000");
        var choice = new TokenSampler(
            Checked(
                Setting.Temperature, requested.Value<double>(Setting.Temperature) ?? configured.Temperature, value => value >= 0 && double.IsFinite(value),
                "0 or more"),
            Checked(Setting.TopK, requested.Value<int>(Setting.TopK) ?? configured.TopK, value => value is null or >= 1, "1 or more"),
            Checked(
                Setting.TopP, requested.Value<double>(Setting.TopP) ?? configured.TopP, value => value is null or (> 0 and <= 1),
                "a number above 0 and at most 1"),
            Checked(
                Setting.MaskTemperature, requested.Value<double>(Setting.MaskTemperature) ?? configured.MaskTemperature,
                value => value >= 0 && double.IsFinite(value), "0 or more"));
        (requested.Start as SourceClipStart)?.Check();
        return new TokenPlan(choice, requested.Guidance(configured.GuidanceScale), hasSteps ? steps : null, tokens, units(steps), requested.Start, shape)
        {
            FrameMilliseconds = requested.FrameMilliseconds,
            Sizes = requested.Sizes,
        };
    }

    private static T Checked<T>(string name, T value, Predicate<T> isGood, string expected) =>
        isGood(value) ? value : throw GenerationErrors.BadSetting(name, $"{value}", expected);
}
