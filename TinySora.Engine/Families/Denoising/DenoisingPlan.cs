using TinySora.Engine.Data;
using TinySora.Engine.Diffusion;

namespace TinySora.Engine.Families.Denoising;

/// <summary>How clips are denoised.</summary>
/// <param name="Steps">Of the sampler.</param>
/// <param name="GuidanceScale">1: no guidance.</param>
internal sealed record DenoisingPlan(ISampler Sampler, int Steps, double GuidanceScale, ClipStart Start, ClipShape Shape)
    : SamplingPlan(Steps, Start, Shape)
{
    /// <summary>Of the settings those of size and speed, as far as they were asked for.</summary>
    public IReadOnlyDictionary<string, object> Sizes { get; init; } = new Dictionary<string, object>();

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
