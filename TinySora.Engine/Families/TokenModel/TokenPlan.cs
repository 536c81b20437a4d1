using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;

namespace TinySora.Engine.Families.TokenModel;

/// <summary>A plan by which tokens of clips are drawn.</summary>
/// <param name="GuidanceScale">1: no guidance.</param>
/// <param name="Steps">Of a masked transformer; null: one token comes after the other.</param>
/// <param name="Tokens">Of a clip.</param>
internal sealed record TokenPlan(
    TokenChoice Choice, double GuidanceScale, int? Steps, TokenShape Tokens, int Units, ClipStart Start, ClipShape Shape) : SamplingPlan(Units, Start, Shape)
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
}
